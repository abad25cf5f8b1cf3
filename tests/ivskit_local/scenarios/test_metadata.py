"""Timed metadata in scenarios, and the reader that unpacks its envelopes."""

from collections.abc import Sequence
from typing import Any

import pytest

from ivskit.redaction import redact
from ivskit_local.errors import WrongUsage
from ivskit_local.scenarios.metadata_reader import delivered
from ivskit_local.scenarios.report import as_document, as_lines
from tests.ivskit_local.scenarios.plays import LIVE, MANAGED, Step, broken, command, played


def push(at: str, metadata: Any, *, to: str = "metadata queue", **more: Any) -> Step:
    """Metadata for the channel, sent straight to its queue by default."""
    detail = {"channel_arns": ["show"], "metadata": metadata, **more}
    return command("Push Metadata", at, channel=None, to=to, detail=detail)


def test_metadata_is_shown_as_players_make_of_it() -> None:
    together = [push("1m1s", {"n": n}, coalesce=True) for n in range(3)]

    came_of_it = played(
        LIVE,
        push("1m", "first"),
        *together,
        expect={
            "channels": {"show": {"metadata": ["first", {"n": 0}, {"n": 1}]}},
        },
    )

    [sentence] = broken(came_of_it)
    assert sentence.endswith(
        'expected: the viewers of show received "first", {"n": 0}, {"n": 1}; '
        'found: "first", {"n": 0}, {"n": 1}, {"n": 2}'
    )
    lines = [line.split(maxsplit=1)[1] for line in as_lines(came_of_it) if "1m " in line]
    assert "ivskit-dev-metadata.fifo: Push Metadata (show)" in lines
    [first, *_] = [moment for moment in as_document(came_of_it)["timeline"] if moment.get("queues")]
    assert (first["about"], first["rules"]) == ("show", [])


@pytest.mark.parametrize("metadata", [{"ivskit": "rocks"}, {"ivskit": 2, "items": ["later"]}])
def test_players_know_one_version_of_the_envelope(metadata: Any) -> None:
    came_of_it = played(
        LIVE,
        push("1m", metadata),
        expect={"channels": {"show": {"metadata": []}}, "told": {"Metadata Pushed": 1}},
    )

    assert broken(came_of_it) == []


def test_metadata_goes_to_any_number_of_channels() -> None:
    names = [f"show{number}" for number in range(12)]

    came_of_it = played(
        push("1m", "goal", channel_arns=names),
        channels={name: {"tags": MANAGED} for name in names},
        expect={"told": {"Metadata Dropped": 12}},
    )

    assert broken(came_of_it) == []


@pytest.mark.parametrize("arns", [None, "show", 7])
def test_a_command_that_names_its_channels_wrongly_is_shown_like_any_other(arns: Any) -> None:
    detail = {"channel_arns": arns, "metadata": "goal"}

    came_of_it = played(
        command("Push Metadata", "1m", channel=None, detail=detail),
        expect={"told": {"Command Refused": 1}},
    )

    assert broken(came_of_it) == []
    text = "\n".join(as_lines(came_of_it))
    assert "Push Metadata" in text
    assert redact(text) == text


def test_metadata_that_nobody_could_send_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage, match=r"Push Metadata: metadata: .* not 1025"):
        played(LIVE, push("1m", "x" * 1025))


@pytest.mark.parametrize(
    ("texts", "pieces"),
    [
        (["kick-off", '{"goal":"home"}', "[1]", "5"], ["kick-off", {"goal": "home"}, [1], "5"]),
        (["again", "again"], ["again", "again"]),
        (
            [
                '{"ivskit":1,"seq":["a","9"],"items":["second",{"n":1}]}',
                '{"ivskit":1,"seq":["a","10"],"items":["second","third"]}',
            ],
            [{"n": 1}, "second", "third"],
        ),
    ],
)
def test_a_player_delivers_every_piece_of_an_envelope_once(
    texts: Sequence[str], pieces: Sequence[Any]
) -> None:
    assert list(delivered(texts)) == pieces
