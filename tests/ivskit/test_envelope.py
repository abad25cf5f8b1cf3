"""Envelopes around several pieces of metadata."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivskit import envelope


def test_an_envelope_numbers_its_items_and_leaves_json_as_it_is() -> None:
    items = [("18849496460467696128", '{"goal": "home"}'), ("18849496460467696384", "kick-off")]

    assert envelope.wrapped(items) == (
        '{"ivskit":1,"seq":["3z7jou2e24cg0","3z7jou2e24cn4"],"items":[{"goal": "home"},"kick-off"]}'
    )


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("[1,2]", [1, 2]),
        ('{"a":1.0}', {"a": 1.0}),
        ("7", "7"),
        ("null", "null"),
        ('"x"', '"x"'),
        ("[NaN]", "[NaN]"),
        ("[" * 1000, "[" * 1000),
        ("tschüss\n\u2028", "tschüss\n\u2028"),
    ],
)
def test_what_a_player_reads_is_what_was_sent(text: str, item: object) -> None:
    read = json.loads(envelope.wrapped([("1", text)]), parse_constant=pytest.fail)

    assert read == {"ivskit": 1, "seq": ["1"], "items": [item]}


@given(st.integers(0, 2**128 - 1))
def test_a_number_is_written_in_base_36(number: int) -> None:
    assert int(envelope.numbered(str(number)), 36) == number


@given(st.integers(0, 2**128 - 1), st.integers(0, 2**128 - 1))
def test_numbers_sort_by_length_and_then_as_text(one: int, other: int) -> None:
    def key(number: int) -> tuple[int, str]:
        text = envelope.numbered(str(number))
        return len(text), text

    assert (key(one) < key(other)) is (one < other)


def test_what_fits_is_counted_in_the_bytes_that_are_sent() -> None:
    number = "18849496460467696128"
    room = 1024 - len(envelope.wrapped([(number, "")]))

    assert envelope.fits([(number, "x" * room)])
    assert not envelope.fits([(number, "x" * (room + 1))])
    assert not envelope.fits([(number, "ü" * (room // 2 + 1))])


@given(st.text(max_size=1100, alphabet=st.characters(codec="utf-8")), st.integers(0, 2**128 - 1))
def test_what_fits_alone_fits_under_any_number(text: str, number: int) -> None:
    sent = len(envelope.wrapped([(str(number), text)]).encode())

    assert sent <= envelope.size_alone(text)
