"""What `ivskit hunt` takes, and what it says of a hunt in which every law held."""

import json
from pathlib import Path

import pytest

from ivskit_cli.main import main


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--days", "0"], "--days: must be from 1 to 100000, not 0"),
        (["--channels", "201"], "--channels: must be from 1 to 200, not 201"),
        (["--seed", "-1"], "--seed: must be from 0 to 1000000000, not -1"),
        (["--until", "10"], "--until: a duration reads like 45s, 10m, 4h or 30d, not '10'"),
        (["--until", "0m"], "--until: must be longer than 0m"),
        (["--jobs", "0"], "--jobs: must be from 1 to 1000, not 0"),
        (["--set", "policy.grace"], "--set takes a.b=c, not 'policy.grace'"),
        (["--save", "no-such-folder"], "--save: no-such-folder is not a folder"),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_one_line(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hunt", *options]) == 2

    [line] = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_day_on_which_every_law_holds_leaves_no_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    small = ["--seed", "5", "--days", "1", "--channels", "1", "--save", str(tmp_path)]

    assert main(["hunt", *small, "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert found["first_seed"] == 5
    assert found["days"] == 1
    assert found["virtual_seconds"] >= 11 * 3600
    assert found["broken"] is None
    assert {row["function"] for row in found["reached"]["calls"]} >= {"reconcile_streams"}
    assert "Cancel Revocation" in found["never_reached"]["events"]
    assert list(tmp_path.iterdir()) == []
