"""Recorded truth: answers that differ from what is expected, as data for the emulator's tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import Probe
from ivskit_local.conform.report import Report
from ivskit_local.conform.run import asked


class Answer(BaseModel):
    """What the endpoint answered to one probe, in the words of the probe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    probe: str
    expected: str
    answer: str


class Record(BaseModel):
    """The differing answers of one endpoint on one day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str
    at: str
    ivskit: str
    answers: list[Answer]


def record_of(report: Report) -> str:
    """The record of a run, as JSON."""
    answers = [
        Answer(probe=row.name, expected=row.expected, answer=row.answer)
        for row in report.probes
        if row.result == "differs"
    ]
    record = Record(
        endpoint=report.endpoint,
        at=report.at.isoformat(),
        ivskit=report.ivskit,
        answers=answers,
    )
    return record.model_dump_json(indent=2) + "\n"


def records_in(folder: Path) -> list[Record]:
    """Every record of the folder; raises pydantic's ValidationError for a file that is none."""
    return [Record.model_validate_json(file.read_bytes()) for file in sorted(folder.glob("*.json"))]


def contradictions(record: Record, probes: Mapping[str, Probe], place: Place) -> list[str]:
    """A sentence for each recorded answer that this place does not give."""
    return [
        sentence for answer in record.answers for sentence in _of(answer, record, probes, place)
    ]


def _of(answer: Answer, record: Record, probes: Mapping[str, Probe], place: Place) -> Iterator[str]:
    if answer.probe not in probes:
        yield f"{answer.probe}: there is no such probe any more"
        return
    here = asked(probes[answer.probe], place)
    if here.answer != answer.answer:
        now = f"the emulator answers {here.answer or here.missing}"
        yield f"{answer.probe}: {record.endpoint} answered {answer.answer}, {now}"
