"""`ivskit what-if`, as its users call it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ivskit_cli.main import main
from tests.ivskit_local.what_if.pasts import CHANNEL, happened, stream, stream_id
from tests.worlds import ROOT

ID = CHANNEL.rpartition("/")[2]
PAST = [*stream("0:00", "5:00"), *stream("6:00", "7:00", 2)]
FOUR_HOURS = ("--set", "policy.max_duration=4h")


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def export(tmp_path: Path) -> str:
    file = tmp_path / "export.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in PAST))
    return str(file)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Why the command is refused."""
    assert main(["what-if", *arguments]) == 2
    return capsys.readouterr().err


def test_people_get_a_table_the_streams_and_what_is_assumed(
    capsys: pytest.CaptureFixture[str], export: str
) -> None:
    assert main(["what-if", *FOUR_HOURS, "--managed", export]) == 0

    said = capsys.readouterr().out
    lines = [line.split() for line in said.splitlines()]
    assert "1 channel, 2026-11-20 16:00 to 2026-11-20 23:00 UTC" in said
    assert "Tags of 1 channel: unknown, so managed, as --managed says." in said
    assert ["would", "be", "stopped", "0", "1"] in lines
    assert ["keys", "would", "change", "2", "2"] in lines
    assert any(line[0] == "StopStream," and line[-2:] == ["0", "1"] for line in lines if line)
    begun = f"{ID}, {stream_id(1)}, began 2026-11-20 16:00:00"
    assert f"  {begun}: max_duration after 4 h, then rotate" in said
    assert "encoders do what they did" in said


def test_programs_get_one_document(capsys: pytest.CaptureFixture[str], export: str) -> None:
    assert main(["what-if", *FOUR_HOURS, "--managed", "--json", export]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["as_they_are"]["stopped"] == []
    assert document["as_set"]["stopped"] == [
        {
            "channel_arn": CHANNEL,
            "stream_id": stream_id(1),
            "started_at": "2026-11-20T16:00:00+00:00",
            "at": "2026-11-20T20:00:00+00:00",
            "limit": "max_duration",
            "then": "rotate",
        }
    ]
    assert document["as_set"]["peaks"]["StopStream"] == {
        "calls": 1,
        "at": "2026-11-20T20:00:00+00:00",
        "place": "123456789012 us-west-2",
        "over": 0,
        "quota": 300,
    }


def test_a_stream_that_would_go_on_is_named(
    capsys: pytest.CaptureFixture[str], export: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"ivskit": {"policy": {"max_duration": "2h"}}}
    (tmp_path / "cdk.json").write_text(json.dumps({"context": settings}))
    (tmp_path / "ivskit.prod.json").write_text('{"policy": {"max_duration": "3h"}}')
    (tmp_path / "tags.json").write_text(json.dumps({ID: {"ivskit:managed": "prod"}}))
    monkeypatch.chdir(tmp_path)
    tags = ("--stage", "prod", "--tags", "tags.json")

    assert main(["what-if", "--set", "policy.max_duration=off", *tags, export]) == 0

    said = capsys.readouterr().out
    assert "Stopped only as they are: 1 stream" in said
    assert "max_duration after 3 h, then rotate" in said


def test_a_stream_that_would_only_be_observed_is_named(
    capsys: pytest.CaptureFixture[str], export: str
) -> None:
    assert main(["what-if", *FOUR_HOURS, "--set", "policy.mode=observe", "--managed", export]) == 0

    assert "As set, stopped if not only observed: 1 stream" in capsys.readouterr().out


def test_a_stream_that_would_not_begin_is_counted(
    capsys: pytest.CaptureFixture[str], export: str
) -> None:
    assert main(["what-if", *FOUR_HOURS, "--set", "policy.then=block", "--managed", export]) == 0

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "would not begin, since the channel is blocked 0 1" in lines


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("cdk.json", '{"context": {"ivskit": 5}}', "ivskit: should be a JSON object, not 5"),
        ("ivskit.dev.json", "[]", "should be a JSON object, not [] (ivskit.dev.json)"),
        ("ivskit.dev.json", "{", "ivskit.dev.json: cannot be read as JSON"),
    ],
)
def test_settings_that_cannot_be_read_are_refused(
    capsys: pytest.CaptureFixture[str],
    export: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    text: str,
    why: str,
) -> None:
    (tmp_path / "cdk.json").write_text("{}")
    (tmp_path / file).write_text(text)
    monkeypatch.chdir(tmp_path)

    assert why in refused(capsys, *FOUR_HOURS, "--stage", "dev", export)


def test_only_the_first_streams_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "export.json"
    file.write_text(
        json.dumps([happened(f"{n}:00", "Stream Start", n) for n in range(9)])[:-1]
        + "".join(", " + json.dumps(happened(f"{n}:59", "Stream End", n)) for n in range(9))
        + "]"
    )

    assert main(["what-if", "--set", "policy.max_duration=30m", "--managed", str(file)]) == 0

    said = capsys.readouterr().out
    assert said.count("max_duration after 30 min") == 5
    assert "and 4 more" in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["{export}"], "what-if needs --set a.b=c and files of events"),
        ([*FOUR_HOURS], "what-if needs --set a.b=c and files of events"),
        (["--set", "policy.max_idle=1h", "{export}"], "depends on viewers, whom no event counts"),
        (["--set", "sweep.every=1m", "{export}"], "--set sweep.every: what-if takes policy.mode"),
        (
            ["--set", "policy.max_duration=4 hours", "{export}"],
            "ivskit.policy.max_duration: a duration reads like 45s, 10m, 4h or 30d, not '4 hours'",
        ),
        ([*FOUR_HOURS, "--tags", "none.json", "{export}"], "--tags: none.json: No such file"),
        ([*FOUR_HOURS, "none.jsonl"], "none.jsonl: No such file"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    capsys: pytest.CaptureFixture[str], export: str, arguments: list[str], why: str
) -> None:
    assert why in refused(capsys, *(each.format(export=export) for each in arguments))


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ("[]", "the whole: should be an object of tags for each channel"),
        ('{"a": {"ivskit:managed": true}}', "a.ivskit:managed: should be an object of tags"),
        ("{", "is not JSON"),
    ],
)
def test_a_file_of_tags_that_is_wrong_is_refused(
    capsys: pytest.CaptureFixture[str], export: str, tmp_path: Path, tags: str, why: str
) -> None:
    file = tmp_path / "tags.json"
    file.write_text(tags)

    assert why in refused(capsys, *FOUR_HOURS, "--tags", str(file), export)


def test_settings_are_read_without_the_cdk_and_powertools() -> None:
    program = (
        "import sys; sys.modules.update(aws_cdk=None, constructs=None, aws_lambda_powertools=None);"
        "from ivskit_local.what_if.rules import load_rules;"
        "from ivskit_local.what_if.settings import settings_as_set;"
        "from pathlib import Path; load_rules(Path());"
        "print(settings_as_set(Path(), [('policy.grace', '5m')], stage='dev').policy.grace)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stdout == "0:05:00\n", done.stderr
