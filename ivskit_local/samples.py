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

from ivskit_local.event_files import NotAnEvent, events_of, text_of, values_of
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
    """The events and scenarios to replay."""

    samples: Sequence[Sample]
    scripts: Sequence[Script]


def read_inputs(paths: Sequence[str], *, stdin: Callable[[], str | bytes]) -> Inputs:
    """The events in the order given, those of a folder in the order of their times; scenarios are
    those of the paths, and of the folder `scenarios` in a folder.

    A file holds an event, a list of events, JSON Lines, or batches of SQS's records. Raises
    WrongUsage.
    """
    read = [each for path in paths for each in _read(path, stdin)]
    return Inputs(
        samples=[each for each in read if isinstance(each, Sample)],
        scripts=[each for each in read if isinstance(each, Script)],
    )


def _read(path: str, stdin: Callable[[], str | bytes]) -> Iterator[Sample | Script]:
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


def _folder(folder: Path) -> Iterator[Sample | Script]:
    read = [each for file in files_in(folder) for each in _file(file)]
    samples = (each for each in read if isinstance(each, Sample))
    yield from sorted(samples, key=lambda sample: sample.time)
    yield from (each for each in read if isinstance(each, Script))


def _file(file: Path) -> Iterator[Sample | Script]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotAnEvent(f"{file}: {error.strerror}") from error
    yield from _parse(str(file), text_of(str(file), content))


def _parse(name: str, text: str) -> Iterator[Sample | Script]:
    values = values_of(name, text)
    if is_scenario(values[0]) and len(values) == 1:
        yield parse_scenario(name, values[0])
    else:
        yield from _samples(name, list(events_of(name, values)))


def _samples(name: str, events: list[Any]) -> Iterator[Sample]:
    if not events:
        raise NotAnEvent(f"{name}: contains no event")
    for event, envelope in zip(events, _envelopes(name, events), strict=True):
        _check_size(name, event)
        yield Sample(name=name, event=event, time=envelope.time)


def _check_size(name: str, event: Any) -> None:
    size = len(json.dumps(event).encode())
    if size > LARGEST_EVENT:
        raise NotAnEvent(f"{name}: an event has at most {LARGEST_EVENT} bytes, not {size}")


def _envelopes(name: str, events: list[Any]) -> list[_Envelope]:
    try:
        return _ENVELOPES.validate_python(events)
    except ValidationError as error:
        line = error.errors()[0]
        number, *path = line["loc"]
        field = ".".join(map(str, path)) or "the whole"
        which = f"event {int(number) + 1} of {len(events)} " if len(events) > 1 else ""
        raise NotAnEvent(
            f"{name}: {which}is not an EventBridge event: {field}: {line['msg']}"
        ) from error
