"""`ivskit channels`: list the channels, and how each stands."""

import json as json_format
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import Json, Stage
from ivskit_cli.project import stage_of

if TYPE_CHECKING:
    from ivskit_cli.channel_states import ChannelState

_HEADS = ("CHANNEL", "LIVE SINCE", "VIEWERS", "STATE", "KEY", "NEXT (UTC)")


def channels(
    *,
    live: Annotated[bool, Parameter(help="only those that are live")] = False,
    blocked: Annotated[bool, Parameter(help="only those that are blocked")] = False,
    stage: Stage = None,
    json: Json = False,
) -> None:
    """List the channels: live since when, with how many viewers, blocked, held, what is due.

    Reads IVS, the memory table and, for what is due, the audit log of the last day. KEY is the age
    of the stream key, as far as ivskit knows it. Needs ivs:ListChannels, ivs:ListStreams,
    ivs:BatchGetChannel, ssm:GetParameter, dynamodb:BatchGetItem and logs:FilterLogEvents.

    For example:
      ivskit channels --live
      ivskit channels --blocked --json
    """
    from ivskit_cli.channel_states import ChannelStates
    from ivskit_cli.deployed import is_deployed, one_line_errors

    name = stage_of(stage)
    with one_line_errors(f"parameter /ivskit/{name}/memory", question=is_deployed(name)):
        states = ChannelStates(name)
        found = [each for each in states.all(only_live=live) if each.is_blocked or not blocked]
        pause = states.pause
    if json:
        print(json_format.dumps([each.as_document() for each in found], indent=2))
    else:
        _show(found, stage=name, pause=pause)


def _show(found: "Sequence[ChannelState]", *, stage: str, pause: str | None) -> None:
    from ivskit_cli.tables import print_table

    if pause is not None:
        print(f"Stage {stage} is {pause}.")
    if not found:
        print("no such channel")
        return
    rows = [list(_row(each)) for each in found]
    print_table(_HEADS, rows, right=("VIEWERS", "KEY"))


def _row(state: "ChannelState") -> Iterator[str]:
    from ivskit.arns import resource_id
    from ivskit.clock import now

    live, due, made = state.live, state.due, state.key_made_at
    yield state.channel.name or resource_id(state.channel.arn)
    yield f"{live.since:%H:%M} ({_age(live.since, now())})" if live else "-"
    yield f"{live.viewers:,}" if live else "-"
    yield ", ".join(state.words)
    yield _age(made, now()) if made else "-"
    yield f"{due.at:%H:%M} {due.purpose}" if due else "-"


def _age(since: datetime, until: datetime) -> str:
    """In its largest unit: 3d, 5h, 12m."""
    seconds = int((until - since).total_seconds())
    sizes = ((86_400, "d"), (3_600, "h"), (60, "m"))
    found = (f"{seconds // size}{unit}" for size, unit in sizes if seconds >= size)
    return next(found, f"{max(seconds, 0)}s")
