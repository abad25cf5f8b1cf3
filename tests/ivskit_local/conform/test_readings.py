"""What the emulator chose where the documentation is silent: a list, its probes, the other way."""

import re
from dataclasses import fields
from fnmatch import fnmatchcase

from ivs_emulator.readings import Readings
from ivskit_local.conform import endpoints
from ivskit_local.conform.catalog import all_probes
from ivskit_local.conform.readings import QUESTIONS
from ivskit_local.conform.run import run
from tests.ivskit_local.conform.columns import PAGE

SWITCHED = {q for q in QUESTIONS if q.switch}


def _probes_of(globs: tuple[str, ...]) -> set[str]:
    return {p.name for p in all_probes() for glob in globs if fnmatchcase(p.name, glob)}


def test_the_table_of_the_page_is_the_list() -> None:
    section = PAGE.read_text().partition("## Where the documentation is silent")[2]
    rows = re.findall(r"(?m)^\| (.+?) \| .+ \|$", section)

    assert rows == ["question", *(question.question for question in QUESTIONS)]


def test_each_question_has_probes_or_the_reason_why_there_are_none() -> None:
    for question in QUESTIONS:
        for glob in question.probes:
            assert _probes_of((glob,)), f"no probe is named {glob}"
        assert bool(question.probes) != bool(question.unasked)


def test_each_probe_of_a_reading_asks_a_question_of_the_list() -> None:
    asked = _probes_of(tuple(glob for question in QUESTIONS for glob in question.probes))

    assert {p.name for p in all_probes() if p.source.kind == "reading"} - asked == set()


def test_each_switch_is_of_a_question() -> None:
    assert {question.switch for question in SWITCHED} == {f.name for f in fields(Readings)}


def test_under_the_other_reading_the_probes_of_the_switched_questions_differ_and_no_other() -> None:
    switched = _probes_of(tuple(glob for question in SWITCHED for glob in question.probes))

    with endpoints.emulator(reading="lenient") as place:
        differ = {o.probe.name for o in run(all_probes(), place) if o.result == "differs"}

    assert differ <= switched
    for question in SWITCHED:
        assert _probes_of(question.probes) & differ, question.question
