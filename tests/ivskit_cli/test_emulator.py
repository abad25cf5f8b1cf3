"""The options of `ivskit emulator`."""

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
