"""Reads the events and scenarios that a replay is given: files, folders, or standard input."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from botocore.session import get_session
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from ivskit import names
from ivskit_local.event_files import Found, NotAnEvent, events_of, text_of, values_of
from ivskit_local.runtime.botocore_once import made_once
from ivskit_local.scenarios.format import Script, is_scenario, parse_scenario

STANDARD_INPUT = "-"
_FILES = ("*.json", "*.jsonl", "scenarios/*.json")
LARGEST_EVENT = 256 * 1024  # bytes, as EventBridge has it
# The times that moto and botocore can handle, less some years at either end.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@cache
def _regions() -> list[str]:
    """Botocore takes a tenth of a second to read its list; what it read serves the world too."""
    with made_once():
        return sorted(get_session().get_available_regions("ivs"))


def _has_ivs(region: str) -> str:
    if region not in _regions():
        raise ValueError(f"IVS is in {', '.join(_regions())}, not in {region}")
    return region


def _written(time: object) -> object:
    # Pydantic would take a number for seconds, and functions read the text.
    if not isinstance(time, str):
        raise ValueError(f"must be written like 2026-11-20T16:00:00Z, not {time!r}")  # noqa: TRY004 - pydantic passes on no TypeError
    return time


class _Envelope(BaseModel):
    """What EventBridge puts around every detail."""

    model_config = ConfigDict(extra="allow")
    id: str
    source: str
    account: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
    time: Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST), BeforeValidator(_written)]
    region: Annotated[str, AfterValidator(_has_ivs)]
    resources: list[str]
    detail_type: str = Field(alias="detail-type")
    detail: dict[str, Any]


_ENVELOPES: TypeAdapter[list[_Envelope]] = TypeAdapter(list[_Envelope])


@dataclass(frozen=True)
class Sample:
    """An event and where it was read."""

    name: str
    event: dict[str, Any]
    time: AwareDatetime


@dataclass(frozen=True)
class Inputs:
    """The events and scenarios to replay; notes: a line for each file of which a part is not."""

    samples: Sequence[Sample]
    scripts: Sequence[Script]
    notes: Sequence[str] = ()


def read_inputs(paths: Sequence[str], *, stdin: Callable[[], str | bytes]) -> Inputs:
    """The events in the order given, those of a folder in the order of their times; scenarios are
    those of the paths, and of the folder `scenarios` in a folder.

    A file holds JSON or JSON Lines: a scenario, events, or what events come wrapped in. Outcomes
    beside what led to them are left out. Raises WrongUsage.
    """
    read = [each for path in paths for each in _read(path, stdin)]
    return Inputs(
        samples=[each for each in read if isinstance(each, Sample)],
        scripts=[each for each in read if isinstance(each, Script)],
        notes=[each for each in read if isinstance(each, str)],
    )


def _read(path: str, stdin: Callable[[], str | bytes]) -> Iterator[Sample | Script | str]:
    if path == STANDARD_INPUT:
        given = stdin()
        yield from _parse(path, text_of(path, given) if isinstance(given, bytes) else given)
    elif Path(path).is_dir():
        yield from _folder(Path(path))
    else:
        yield from _file(Path(path))


def files_in(folder: Path) -> list[Path]:
    """The files of events and scenarios in a folder; raises WrongUsage where there is none."""
    files = [file for pattern in _FILES for file in sorted(folder.glob(pattern))]
    if not files:
        raise NotAnEvent(f"{folder}: there is no .json or .jsonl file in this folder")
    return files


def _folder(folder: Path) -> Iterator[Sample | Script | str]:
    read = [each for file in files_in(folder) for each in _file(file)]
    samples = (each for each in read if isinstance(each, Sample))
    yield from sorted(samples, key=lambda sample: sample.time)
    yield from (each for each in read if not isinstance(each, Sample))


def _file(file: Path) -> Iterator[Sample | Script | str]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotAnEvent(f"{file}: {error.strerror}") from error
    yield from _parse(str(file), text_of(str(file), content))


def _parse(name: str, text: str) -> Iterator[Sample | Script | str]:
    values = values_of(name, text)
    if is_scenario(values[0].value) and len(values) == 1:
        yield parse_scenario(name, values[0].value)
    else:
        events = [event for value in values for event in events_of(value)]
        causes = [event for event in events if not _is_outcome(event.value)]
        if causes and len(causes) < len(events):
            yield _note(name, len(events) - len(causes))
        yield from _samples(name, causes or events)


def _is_outcome(event: Any) -> bool:
    return isinstance(event, dict) and event.get("source") == names.OUTCOME


def _note(name: str, outcomes: int) -> str:
    """An audit log has both what ivskit was asked and what it answered."""
    are = "1 outcome is" if outcomes == 1 else f"{outcomes} outcomes are"
    return f"{name}: {are} left out, since the replay has outcomes of its own"


def _samples(name: str, events: Sequence[Found]) -> Iterator[Sample]:
    if not events:
        raise NotAnEvent(f"{name}: contains no event")
    for event, time in zip(events, check_events(events), strict=True):
        yield Sample(name=name, event=event.value, time=time)


def check_events(events: Sequence[Found]) -> list[datetime]:
    """The time of each; raises NotAnEvent for the first that EventBridge would not deliver."""
    times = [envelope.time for envelope in _envelopes(events)]
    for event in events:
        _check_size(event)
    return times


def _check_size(event: Found) -> None:
    size = len(json.dumps(event.value).encode())
    if size > LARGEST_EVENT:
        raise event.refused(f"an event has at most {LARGEST_EVENT} bytes, not {size}")


def _envelopes(events: Sequence[Found]) -> list[_Envelope]:
    try:
        return _ENVELOPES.validate_python([event.value for event in events])
    except ValidationError as error:
        line = error.errors()[0]
        number, *path = line["loc"]
        field = ".".join(map(str, path)) or "the whole"
        raise events[int(number)].refused(
            f"is not an EventBridge event: {field}: {line['msg']}"
        ) from error
