"""`ivskit audit`: show from the audit log what led to what."""

import json as json_format
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import Json, Stage, moment_of, one_of
from ivskit_cli.project import stage_of
from ivskit_local.errors import WrongUsage

if TYPE_CHECKING:
    from ivskit_cli.audit_log import AuditLog


def audit(
    *,
    cause: Annotated[
        str | None,
        Parameter(
            metavar="ID", help="everything that belongs to a command, stream or event, by its id"
        ),
    ] = None,
    channel: Annotated[
        str | None,
        Parameter(metavar="ARN", help="everything that names a channel, by ARN or id"),
    ] = None,
    since: Annotated[str, Parameter(metavar="AGE", help="how far back, such as 1h")] = "1d",
    follow: Annotated[
        bool,
        Parameter(
            name=["--follow", "-f"],
            help="print what comes as well, until Ctrl-C; of everything by default",
        ),
    ] = False,
    stage: Stage = None,
    json: Json = False,
) -> bool:
    """Show what a deployed stage was asked to do and what it did.

    Reads the audit log of a stage, with your own AWS credentials and region, and lists in order of
    time what IVS reported, what ivskit was asked to do and what it did. Takes one of --cause,
    --channel and --follow, and needs logs:FilterLogEvents. With --follow, --json prints a document
    a line. Exit 0 something was found, 1 nothing was or the log cannot be read, 2 wrong usage.

    For example:
      ivskit audit --cause 0b1c6a2e-5d9f-4c37-8a40-91be7a60d3c5
      ivskit audit --channel AbCdef1G2hij --since 6h
      ivskit audit --follow --since 10m
    """
    from ivskit_cli.audit_log import AuditLog, as_lines
    from ivskit_cli.deployed import client_of

    one_of(cause=cause, channel=channel)
    begin = moment_of(since)
    log = AuditLog(client_of("logs"), stage=stage_of(stage), since=begin)
    if follow:
        return _follow(log, begin, cause=cause, channel=channel, json=json)
    if cause is not None:
        events = log.of_cause(cause)
    elif channel is not None:
        events = log.of_channel(channel)
    else:
        raise WrongUsage("audit needs --cause ID, --channel ARN or --follow")
    for line in [json_format.dumps(events, indent=2)] if json else as_lines(events):
        print(line)
    return bool(events)


def _follow(
    log: "AuditLog", since: datetime, *, cause: str | None, channel: str | None, json: bool
) -> bool:
    """Print until Ctrl-C, which is how it ends well."""
    from ivskit_cli.audit_follow import follow
    from ivskit_cli.audit_log import as_lines

    try:
        for events in follow(log, since=since, cause=cause, channel=channel):
            for line in map(json_format.dumps, events) if json else as_lines(events):
                print(line, flush=True)
    except KeyboardInterrupt:
        pass
    return True
