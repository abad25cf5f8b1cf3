"""The emulator answers as AWS was recorded to answer: `ivskit conform --aws --record FILE`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivskit_local.conform import endpoints
from ivskit_local.conform.catalog import all_probes
from ivskit_local.conform.place import Place
from ivskit_local.conform.recorded import Answer, Record, contradictions, records_in

RECORDS = records_in(Path(__file__).parent / "recorded")
PROBES = {probe.name: probe for probe in all_probes()}


@pytest.fixture
def place() -> Iterator[Place]:
    with endpoints.emulator(rates=True) as place:
        yield place
        place.close()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.endpoint)
def test_the_emulator_answers_as_it_was_recorded(record: Record, place: Place) -> None:
    assert contradictions(record, PROBES, place) == []


def test_an_answer_that_the_emulator_does_not_give_is_named(place: Place) -> None:
    otherwise = Answer(probe="one_key.form", expected="sk_REGION_TEXT", answer="otherwise")
    record = Record(endpoint="a test", at="", ivskit="", answers=[otherwise])

    assert contradictions(record, PROBES, place) == [
        "one_key.form: a test answered otherwise, the emulator answers sk_REGION_TEXT"
    ]


def test_a_record_of_a_probe_that_is_gone_is_named(place: Place) -> None:
    gone = Answer(probe="one_key.gone", expected="", answer="")
    record = Record(endpoint="a test", at="", ivskit="", answers=[gone])

    assert contradictions(record, PROBES, place) == [
        "one_key.gone: there is no such probe any more"
    ]
