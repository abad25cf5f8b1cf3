"""`ivskit audit`: show from the audit log what led to what."""

import json as json_format
from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import Json, Stage, moment_of, one_of
from ivskit_cli.project import stage_of
from ivskit_local.errors import WrongUsage


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
    stage: Stage = None,
    json: Json = False,
) -> bool:
    """Show what a deployed stage was asked to do and what it did.

    Reads the audit log of a stage, with your own AWS credentials and region, and lists in order of
    time what ivskit was asked to do and what it did. Takes one of --cause and --channel, and needs
    logs:FilterLogEvents. Exit 0 something was found, 1 nothing was or the log cannot be read, 2
    wrong usage.

    For example:
      ivskit audit --cause 0b1c6a2e-5d9f-4c37-8a40-91be7a60d3c5
      ivskit audit --channel AbCdef1G2hij --since 6h
    """
    from ivskit_cli.audit_log import AuditLog, as_lines
    from ivskit_cli.deployed import client_of

    one_of(cause=cause, channel=channel)
    log = AuditLog(client_of("logs"), stage=stage_of(stage), since=moment_of(since))
    if cause is not None:
        events = log.of_cause(cause)
    elif channel is not None:
        events = log.of_channel(channel)
    else:
        raise WrongUsage("audit needs --cause ID or --channel ARN")
    for line in [json_format.dumps(events, indent=2)] if json else as_lines(events):
        print(line)
    return bool(events)
