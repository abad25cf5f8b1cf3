"""Arguments that several commands take, and the types that argparse checks them with."""

import argparse
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from ivskit_local.errors import WrongUsage

LAST_PORT = 65_535
MOST = 1000
CREDENTIALS = "Account, region and credentials come from the usual AWS environment."


def add_stage(parser: argparse.ArgumentParser) -> None:
    """Add --stage; `ivskit_cli.project.stage_of` reads it."""
    parser.add_argument(
        "--stage",
        type=stage_name,
        help="which stage (default: the one in IVSKIT__STAGE or cdk.json, or dev)",
    )


def add_json(parser: argparse.ArgumentParser | argparse._MutuallyExclusiveGroup) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def stage_name(text: object) -> str:
    """The name of a stage."""
    from ivskit.policy.tags import STAGE

    if not isinstance(text, str) or not STAGE.fullmatch(text):
        raise argparse.ArgumentTypeError(
            "must be up to 16 lower-case letters, digits and inner dashes, beginning with a letter,"
            f" not {text!r}"
        )
    return text


def host(text: str) -> str:
    """A name or an address to listen on."""
    try:
        # An empty one would mean every network of this machine.
        is_host = bool(text.encode("idna"))
    except UnicodeError:
        is_host = False
    if not is_host:
        raise argparse.ArgumentTypeError(f"must be a name or an address, not {text!r}")
    return text


def port(text: str) -> int:
    """A TCP port; 0 is any that is free."""
    if not text.isdecimal() or len(text) > 5 or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"must be from 0 to {LAST_PORT}, not {text}")
    return int(text)


def at_least_one(text: str) -> int:
    """A count that is not 0."""
    if not text.isdecimal() or not 0 < int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"must be from 1 to {MOST}, not {text}")
    return int(text)


def moment_of(age: str) -> datetime:
    """When --since began: `1h` is an hour ago; raises WrongUsage."""
    from ivskit.durations import parse_duration

    try:
        return datetime.now(UTC) - parse_duration(age)
    except (ValueError, OverflowError) as error:
        raise WrongUsage(f"--since: {error}") from error


def settings_of(given: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Each `policy.grace=10s` of --set as path and value, which may be JSON; raises WrongUsage."""
    for setting in given:
        path, equals, text = setting.partition("=")
        if not (path and equals):
            raise WrongUsage(f"--set takes a.b=c, not {setting!r}")
        yield path, _value(text)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
