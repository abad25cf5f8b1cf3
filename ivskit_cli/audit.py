"""`ivskit audit`: show from the audit log what led to what."""

import argparse
import json

from ivskit_cli.arguments import add_json, add_stage, moment_of
from ivskit_cli.project import stage_of

HELP = "show what a deployed stage was asked to do and what it did"
DESCRIPTION = (
    "Read the audit log of a deployed stage, with your own AWS credentials and region, and list in"
    " order of time what ivskit was asked to do and what it did. Needs logs:FilterLogEvents. Exit"
    " 0 something was found, 1 nothing was or the log cannot be read, 2 wrong usage."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which events to show."""
    about = parser.add_mutually_exclusive_group(required=True)
    about.add_argument(
        "--cause",
        metavar="ID",
        help="everything that belongs to a command, stream or event, by its id",
    )
    about.add_argument(
        "--channel", metavar="ARN", help="everything that names a channel, by ARN or id"
    )
    parser.add_argument(
        "--since", default="1d", metavar="AGE", help="how far back, such as 1h (default: 1d)"
    )
    add_stage(parser)
    add_json(parser)


def act(arguments: argparse.Namespace) -> bool:
    """Print the events, and return whether there are any."""
    from ivskit_cli.audit_log import AuditLog, as_lines
    from ivskit_cli.deployed import client_of

    since = moment_of(arguments.since)
    log = AuditLog(client_of("logs"), stage=stage_of(arguments), since=since)
    events = (
        log.of_channel(arguments.channel)
        if arguments.cause is None
        else log.of_cause(arguments.cause)
    )
    for line in [json.dumps(events, indent=2)] if arguments.json else as_lines(events):
        print(line)
    return bool(events)
