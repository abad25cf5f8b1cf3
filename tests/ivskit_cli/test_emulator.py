"""The options of `ivskit emulator`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from ivskit_cli.main import main
from tests.ivs_emulator.webhook import listening


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


def test_events_reach_the_application_and_the_bus_that_the_options_name() -> None:
    command = [sys.executable, "-c", "from ivskit_cli.main import run; run()", "emulator"]
    with listening() as hook, listening() as bus:
        options = ["--port", "0", "--forward-to", hook.url, "--events-to", bus.url]
        with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr
            url = process.stderr.readline().strip().rpartition("=")[2]
            made = requests.post(f"{url}/CreateChannel", timeout=30).json()
            asked = {"channelArn": made["channel"]["arn"]}
            requests.post(f"{url}/_ivs/encoders", json=asked, timeout=30)
            (_, posted), (kind, put) = hook.came.get(timeout=30), bus.came.get(timeout=30)
            process.terminate()
            said = process.stderr.read()

    assert posted["detail"]["event_name"] == "Session Created"
    assert kind == "application/x-amz-json-1.1"
    assert _without_time(put) == {
        "Source": "aws.ivs",
        "DetailType": "IVS Stream State Change",
        "Detail": posted["detail"],
        "Resources": [made["channel"]["arn"]],
    }
    # The bus was none: what it answered ended that try, and not the sender.
    assert f"{posted['id']} was given up: KeyError: 'Entries'" in said
    assert "Traceback" not in said


def _without_time(put: dict[str, Any]) -> dict[str, Any]:
    (entry,) = put["Entries"]
    return {
        **{k: v for k, v in entry.items() if k != "Time"},
        "Detail": json.loads(entry["Detail"]),
    }
