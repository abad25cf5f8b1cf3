"""The README's example of a command on the bus, run as it stands there."""

import re

import pytest

from tests.samples import CHANNEL
from tests.worlds import ROOT, OpenWorld


def example() -> str:
    readme = (ROOT / "README.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    [found] = [one for one in examples if "command.entry(" in one]
    return str(found)


def test_the_readmes_example_has_a_key_rotated_and_names_the_cause(
    open_world: OpenWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_world() as world:
        exec(example(), {"channel_arn": CHANNEL})
        world.settle()

        [rotated] = [
            put.event["detail"]
            for put in world.published
            if put.event["detail-type"] == "Stream Key Rotated"
        ]
        assert capsys.readouterr().out == f"sent as {rotated['cause']}\n"


def test_the_readmes_example_notices_that_the_bus_refuses_the_command(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
        world.gate.own[("events", "PutEvents")] = lambda *_: dict(refused)

        with pytest.raises(RuntimeError, match="InternalFailure"):
            exec(example(), {"channel_arn": CHANNEL})
