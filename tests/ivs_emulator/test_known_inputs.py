"""Inputs of a newer model than the emulator's are 501, and name what is new."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ivs_emulator import known_inputs
from ivs_emulator.known_inputs import described, unknown
from ivs_emulator.service_model import input_shape, service_model

from . import newer_model

KNOWN_INPUTS = Path(known_inputs.__file__).with_name("known_inputs.json")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("models")
    newer_model.write(folder)
    # In a process of its own: botocore and the emulator read the model once.
    ran = subprocess.run(
        [sys.executable, newer_model.__file__],
        env={**os.environ, "AWS_DATA_PATH": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("a member", "dvrWindowSeconds"),
        ("a filter", "filterByType"),
        ("a kind of shape", "reason"),
        ("a header", "clientToken"),
        ("a query", "prefix"),
        ("within a list", "viewerSessions[1].reason"),
        ("within a structure", "multitrackInputConfiguration.codec"),
        ("a value of an enum", 'type = "ADVANCED_4K"'),
    ],
)
def test_what_is_new_in_an_input_is_not_implemented_and_named(
    answers: Any, what: str, named: str
) -> None:
    status, code, message = answers[what]

    assert (status, code) == (501, "NotImplemented")
    assert message.startswith(f"{named}: not known to this emulator as input of ")


def test_what_a_newer_model_still_has_is_carried_out(answers: Any) -> None:
    assert answers["nothing new"] == [200, "", ""]


def test_the_file_has_every_input_of_the_model() -> None:
    # Fails with a botocore that knows more: implement what is new, then write the file anew.
    model = {name: described(input_shape(name)) for name in service_model().operation_names}

    assert json.loads(KNOWN_INPUTS.read_text()) == model


def test_a_member_that_an_older_model_lacks_is_unknown_too() -> None:
    older = service_model().operation_model("StopStream").input_shape

    assert list(unknown("InsertAdBreak", older, {"durationSeconds": 1})) == ["durationSeconds"]


def test_null_is_no_member() -> None:
    assert list(unknown("StopStream", input_shape("StopStream"), {"reason": None})) == []
