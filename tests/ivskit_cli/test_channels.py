"""`ivskit channels` and `ivskit why`: how channels stand, and how that came."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from ivskit.automation.records import Remembered
from ivskit_cli.memory_read import READ
from ivskit_cli.tables import print_table
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.scenarios.encoders import Send
from tests.ivskit_cli.stages import MANAGED, SECONDS, Stage, stage
from tests.pruned import pruned
from tests.worlds import ROOT

CHANNELS = {
    "show": {**MANAGED, "ivskit:max-duration": "4h"},
    "late-show": {},
    "quiz": {**MANAGED, "ivskit:hold-until": "2027-01-01T00:00:00Z"},
    "news": {**MANAGED, "ivskit:mode": "observe"},
}


@pytest.fixture(scope="module")
def templates() -> Templates:
    return synthesize(ROOT)


@pytest.fixture
def there(templates: Templates, capsys: pytest.CaptureFixture[str]) -> Iterator[Stage]:
    """Two streams that are live, and a block that a person ordered."""
    with stage(templates, capsys, CHANNELS) as there:
        for channel in ("show", "quiz"):
            there.go_live(channel)
        there.world.run_for(120 * SECONDS)
        there.type("ivskit stop quiz --block --reason 'breaks our rules' --wait")
        yield there


def rows(out: str) -> dict[str, str]:
    """The lines below the heads, by their first word."""
    return {line.split()[0]: re.sub(r"\s{2,}", "|", line) for line in out.splitlines()[1:]}


def test_what_is_read_of_the_memory_is_there() -> None:
    assert set(READ) <= set(Remembered.model_fields)


def test_channels_are_listed_with_how_they_stand(there: Stage) -> None:
    answer = there.type("ivskit channels")
    found = rows(answer.out)

    assert answer.code == 0
    assert re.fullmatch(r"show\|17:00 \(\dm\)\|0\|managed\|-\|21:00 max duration", found["show"])
    assert found["late-show"] == "late-show|-|-|not managed|-|-"
    assert found["quiz"].startswith("quiz|-|-|managed, blocked, held until 01-01|")
    assert found["news"].startswith("news|-|-|managed, observed|")


def test_only_those_are_listed_that_are_asked_for(there: Stage) -> None:
    assert set(rows(there.type("ivskit channels --live").out)) == {"show"}
    assert set(rows(there.type("ivskit channels --blocked").out)) == {"quiz"}
    assert there.type("ivskit channels --live --blocked").out == "no such channel\n"


def test_a_pause_is_said_first(there: Stage) -> None:
    there.type("ivskit pause --reason drill")

    first = there.type("ivskit channels").out.splitlines()[0]
    assert re.fullmatch(r"Stage dev is paused since .* by .* \(drill\)\.", first)


def test_programs_get_every_channel_in_one_document(there: Stage) -> None:
    found = {each["name"]: each for each in json.loads(there.type("ivskit channels --json").out)}

    assert set(found) == set(CHANNELS)
    assert found["show"]["next"]["purpose"] == "max duration"
    assert found["show"]["viewers"] == 0
    assert (found["quiz"]["blocked"], found["show"]["blocked"]) == (True, False)


def test_why_says_who_stopped_a_stream_and_blocked_its_channel(there: Stage) -> None:
    answer = there.type("ivskit why quiz")
    now, last, held, key, due = answer.out.splitlines()

    assert answer.code == 0
    assert now == f"quiz ({there.run.arns['quiz']}) is not live."
    assert re.search(r"st-\w+, was live from .* was stopped by a command of \S+@\S+", last)
    assert re.search(
        r"which blocked the channel: breaks our rules \(cause [0-9a-f-]{36}\)\.$", last
    )
    assert re.search(r"held until .*it is blocked since .*\(cause [0-9a-f-]{36}\)\.$", held)
    assert key == "It has no key, and gets none until `ivskit unblock`."
    assert due.startswith("Nothing is due")


def test_why_says_what_comes_next(there: Stage) -> None:
    now, last, held, key, due = there.type("ivskit why show").out.splitlines()

    assert re.search(r"is live since .* as st-\w+, with 0 viewer\(s\)\.$", now)
    assert last == "No session of it has ended yet, as far as IVS remembers."
    assert held == "ivskit manages it, and nothing holds it up."
    assert key == "ivskit does not know how old its key is."
    assert re.search(r"^Next comes max duration at .*: the stream may last 4h \(cause st-", due)


def test_why_says_since_when_there_is_a_key(there: Stage) -> None:
    assert there.type("ivskit rotate late-show --wait").code == 0

    key = there.type("ivskit why late-show").out.splitlines()[3]
    assert re.fullmatch(r"Its key is from 2026-11-20 17:\d\d:\d\d UTC, which the store has\.", key)
    assert re.search(
        r"late-show\|-\|-\|not managed\|\ds\|", rows(there.type("ivskit channels").out)["late-show"]
    )


def test_why_says_which_policy_ended_a_stream(there: Stage) -> None:
    there.world.run_for(timedelta(hours=4, minutes=2))

    last = there.type("ivskit why show").out.splitlines()[1]
    assert (
        "was stopped by the policy, which replaced the key: the stream has lasted 4h, its limit"
        in last
    )


def test_without_the_audit_log_nothing_is_known_to_be_due(there: Stage) -> None:
    there.deny("logs", "FilterLogEvents")

    assert rows(there.type("ivskit channels --live").out)["show"].endswith("|managed|-|-")


def test_without_a_claim_a_stage_manages_only_channels_that_name_it(there: Stage) -> None:
    there.world.client("ssm").delete_parameter(Name="/ivskit/managed-channels")

    assert "not managed" in rows(there.type("ivskit channels --live").out)["show"]


def test_a_key_that_is_owed_and_a_lockout_are_explained(there: Stage) -> None:
    table = there.world.client("ssm").get_parameter(Name="/ivskit/dev/memory")["Parameter"]["Value"]
    intent = {"at": "2026-11-20T17:00:00Z", "reason": "weekly", "cause": "c-9"}
    lockout = {"until": "2026-11-20T17:15:00Z", "cause": "c-8"}
    item = {"intent": intent, "lockout": lockout}
    there.world.client("dynamodb").put_item(
        TableName=table,
        Item={
            "channel_arn": {"S": there.run.arns["news"]},
            **{name: {"S": json.dumps(value)} for name, value in item.items()},
        },
    )
    there.world.client("ivs").tag_resource(
        resourceArn=there.run.arns["late-show"], tags={"ivskit:blocked": "true"}
    )

    _, _, held, key, _ = there.type("ivskit why news").out.splitlines()
    assert "every session is cut until 2026-11-20T17:15:00Z (cause c-8)" in held
    assert key == "It is owed a new key since 2026-11-20T17:00:00Z: weekly (c-9)."
    assert "key owed" in rows(there.type("ivskit channels").out)["news"]
    tagged = there.type("ivskit why late-show").out.splitlines()[2]
    assert tagged.endswith("the tag ivskit:blocked says that it is blocked.")


def test_a_session_that_ended_by_itself_is_said_to_have(there: Stage) -> None:
    there.world.ivs.disconnect(there.run.arns["show"])
    there.world.run_for(60 * SECONDS)

    assert there.type("ivskit why show").out.splitlines()[1].endswith(" and ended without ivskit.")


def test_no_answer_holds_a_key(there: Stage) -> None:
    keys = [there.run.key(name) for name in CHANNELS]
    said = [
        there.type(f"ivskit why {name} {how}").out for name in CHANNELS for how in ("", "--json")
    ]

    assert not [key for key in keys if key and any(key.value in each for each in said)]


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_fits_into_a_terminal(capsys: pytest.CaptureFixture[str], width: int) -> None:
    heads = ("CHANNEL", "LIVE SINCE", "VIEWERS", "STATE", "KEY", "NEXT (UTC)")
    row = [
        "a-channel-with-a-very-long-name-indeed",
        "16:47 (2h)",
        "12,345",
        "managed, observed, blocked, held until 01-01",
        "12d",
        "20:47 max duration",
    ]
    console = Console(width=width, file=StringIO(), force_terminal=True, color_system=None)

    print_table(heads, [row, row], right=("VIEWERS", "KEY"), console=console)

    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= width
    assert "12,345" in out
    assert "very-long-name" in out.replace("\n", "") or width == 80


def test_a_take_down_and_its_restriction_are_said(there: Stage) -> None:
    there.type("ivskit take-down news --restrict-to DE,AT --force --reason drill --no-wait")
    there.run.world.run_for(timedelta(minutes=1))

    words = rows(there.type("ivskit channels").out)["news"].split("|")[3]
    assert words == "managed, observed, taken down, restricted"
    said = there.type("ivskit why news").out
    assert re.search(r"it is taken down since .*\(cause [0-9a-f-]{36}\)\.", said)
    assert "It has no key, and gets none until `ivskit restore`." in said
    assert "It plays only in or on AT, DE, by command." in said


def test_an_unhealthy_metric_is_said_while_the_stream_is_live(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rule = {"ingest_bitrate": {"below": 500000, "for": "5m", "then": "kick"}}
    rules = {**rule, "keyframe_interval": {"above": 4, "for": "5m"}}
    settings = {"policy": {"health": rules}}
    app = pruned(synthesize(ROOT, settings), "reconcile_streams", "stop_stream")
    with stage(app, capsys, {"show": MANAGED}) as there:
        there.go_live("show")
        there.world.run_for(10 * SECONDS)
        send = {"at": "0s", "do": "send", "channel": "show", "keyframe_interval": 8}
        Send.model_validate(send).carry_out(there.run)
        there.world.run_for(timedelta(minutes=12))

        words = rows(there.type("ivskit channels").out)["show"].split("|")[3]
        assert words == "managed, unhealthy"
        said = there.type("ivskit why show").out.splitlines()[0]
        assert re.search(r"0 viewer\(s\); its keyframe interval is unhealthy since 2026-", said)
        [found] = json.loads(there.type("ivskit channels --json").out)
        assert set(found["unhealthy"]) == {"keyframe interval"}
