"""Options that several commands take, and what checks the values of options.

A check raises ValueError with what a value must be; the command line puts the option before it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from cyclopts import Parameter, Token

from ivskit_local.errors import WrongUsage

LAST_PORT = 65_535
MOST = 1000


def taken_by(check: Callable[[str], Any]) -> Callable[[Any, Sequence[Token]], Any]:
    """A converter of cyclopts from a function of one text."""

    def convert(_type: Any, tokens: Sequence[Token]) -> Any:
        return check(tokens[0].value)

    return convert


def stage_name(text: object) -> str:
    """The name of a stage."""
    from ivskit.policy.tags import STAGE

    if not isinstance(text, str) or not STAGE.fullmatch(text):
        raise ValueError(
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
        raise ValueError(f"must be a name or an address, not {text!r}")
    return text


def port(text: str) -> int:
    """A TCP port; 0 is any that is free."""
    if not text.isdecimal() or len(text) > 5 or int(text) > LAST_PORT:
        raise ValueError(f"must be from 0 to {LAST_PORT}, not {text}")
    return int(text)


def http_url(text: str) -> str:
    """A URL that something is sent to."""
    from ivs_emulator.addresses import http_url

    return http_url(text)


def speed(text: str) -> float:
    """How fast time passes."""
    fastest = 3600
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= fastest:
        raise ValueError(f"must be more than 0 and at most {fastest}, not {text}")
    return value


def at_least_one(text: str) -> int:
    """A count that is not 0."""
    if not text.isdecimal() or not 0 < int(text) <= MOST:
        raise ValueError(f"must be from 1 to {MOST}, not {text}")
    return int(text)


def span(text: str) -> timedelta:
    """A span of time that is not 0."""
    from ivskit.durations import parse_duration

    parsed = parse_duration(text)
    if not parsed:
        raise ValueError(f"must be longer than {text}")
    return parsed


def file_or_stdin(text: str) -> str:
    """A path, or `-` for standard input."""
    if text.startswith("-") and text != "-":
        raise ValueError(f"unknown option {text}")
    return text


Stage = Annotated[
    str | None,
    Parameter(
        name="--stage",
        metavar="STAGE",
        converter=taken_by(stage_name),
        help="which stage (default: the one in IVSKIT__STAGE or cdk.json, or dev)",
    ),
]
Json = Annotated[bool, Parameter(name="--json", help="print one JSON document")]
Yes = Annotated[bool, Parameter(name=["--yes", "-y"], help="do it without asking")]
Quiet = Annotated[
    bool, Parameter(name=["--quiet", "-q"], help="print nothing but errors; the exit status says")
]
Verbose = Annotated[
    bool, Parameter(name=["--verbose", "-v"], help="print the entry for the bus as well, to stderr")
]
ForwardTo = Annotated[
    str | None,
    Parameter(
        metavar="URL",
        converter=taken_by(http_url),
        help="POST each event of IVS to this webhook of your application",
    ),
]
Reading = Annotated[
    Literal["strict", "lenient"],
    Parameter(
        help="how IVS behaves where its documentation is silent: hardest on callers, or the other"
        " way;"
    ),
]
Settings = Annotated[
    tuple[str, ...],
    Parameter(
        name="--set",
        metavar="a.b=c",
        help="change a setting of the ivskit block in cdk.json, such as policy.grace=10s",
    ),
]
Files = Annotated[
    str, Parameter(name="PATH", allow_leading_hyphen=True, converter=taken_by(file_or_stdin))
]


def one_of(**given: object) -> None:
    """Refuse options of which more than one is given; raises WrongUsage."""
    options = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if len(options) > 1:
        raise WrongUsage(f"take one of {' and '.join(options)}, not both")


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
