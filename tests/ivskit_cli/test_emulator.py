"""The options of `ivskit emulator`."""

from pathlib import Path

import pytest

from ivskit_cli.main import main


@pytest.mark.parametrize("option", ["--forward-to", "--events-to"])
def test_an_address_that_is_none_is_refused(
    capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert main(["emulator", "--port", "0", option, "localhost:8000"]) == 2

    said = (
        f"Invalid value for {option}: must be an http or https URL, such as http://127.0.0.1:8000"
    )
    assert f"{said}, not 'localhost:8000'. See" in capsys.readouterr().err


def test_a_data_file_that_is_damaged_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "state"
    file.write_text("{}")

    assert main(["emulator", "--port", "0", "--data", str(file)]) == 2

    said = f"ivskit: {file}: is no data file of this emulator, or its beginning is damaged"
    assert capsys.readouterr().err.startswith(said)
    assert file.read_text() == "{}"
