"""Whatever its bytes, a manifest names somebody, rejects a row, or is refused."""

import gzip
import json
from collections.abc import Iterator, Sequence
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as some

from ivskit.commands import Viewer
from ivskit.errors import Invalid
from ivskit.jobs.records import Rejected
from plan_revocation.manifest import LONGEST_REASON, Row, rows
from tests.samples import CHANNEL

HEADERS = ["channel_arn,viewer_id", "channelArn;viewerId", "sep=|", "", "a,b"]
IDS = ["ann", '"bob"', ' "cid"', '"d""e"', "'eve'", "gus\x00", "ü", "", "x" * 41]
SEPARATORS = [",", ";", "\t", " | "]
LINE_ENDS = ["\n", "\r", "\r\n", "\r\r\n", "\x85"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"]


def outcome(body: bytes, cuts: Sequence[int] = ()) -> list[Row] | str:
    """The rows, or why the manifest is refused."""
    try:
        return list(rows(pieces(body, cuts)))
    except Invalid as error:
        return str(error)


def pieces(body: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    """The body, cut at these places."""
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    return (body[begin:end] for begin, end in pairwise(edges))


def holds_the_law(body: bytes, cuts: Sequence[int]) -> None:
    read = outcome(body, cuts)
    if isinstance(read, str):
        assert read.startswith("manifest: ")
        return
    assert read
    for row in read:
        if isinstance(row, Rejected):
            assert 0 < len(row.reason) <= LONGEST_REASON
        else:
            assert row.viewer_id.isprintable()
            assert '"' not in row.viewer_id


@some.composite
def manifests(draw: some.DrawFn) -> bytes:
    """A manifest as somebody may have made it, with a flaw or none."""
    ids = draw(some.lists(some.sampled_from(IDS), max_size=4))
    encoding = draw(some.sampled_from(ENCODINGS))
    if draw(some.booleans()):
        objects = [{"channel_arn": CHANNEL, "viewer_id": each} for each in ids]
        indent = draw(some.sampled_from([None, 1]))
        forms = ["\n".join(map(json.dumps, objects)), json.dumps(objects, indent=indent)]
        return draw(some.sampled_from(forms)).encode(encoding)
    separator = draw(some.sampled_from(SEPARATORS))
    lines = [f"{CHANNEL}{separator}{each}" for each in ids]
    text = draw(some.sampled_from(LINE_ENDS)).join([draw(some.sampled_from(HEADERS)), *lines])
    return text.encode(encoding)


@some.composite
def mutated(draw: some.DrawFn) -> bytes:
    """Such a manifest, some of whose bytes are lost, others or more, perhaps gzipped."""
    body = bytearray(draw(manifests()))
    for _ in range(draw(some.integers(0, 3))):
        begin = draw(some.integers(0, len(body)))
        end = draw(some.integers(begin, min(begin + 5, len(body))))
        body[begin:end] = draw(some.binary(max_size=5))
    return gzip.compress(bytes(body)) if draw(some.booleans()) else bytes(body)


CUTS = some.lists(some.integers(0, 1_000), max_size=5)


@given(some.binary(), CUTS)
@example(b"channel_arn,viewer_id", [])
@example(b"\x1f\x8b", [1])
@example(b"sep=;", [])
def test_no_bytes_at_all_are_misread_without_a_word(body: bytes, cuts: list[int]) -> None:
    holds_the_law(body, cuts)


@given(mutated(), CUTS)
def test_no_damaged_manifest_is_misread_without_a_word(body: bytes, cuts: list[int]) -> None:
    holds_the_law(body, cuts)


@given(mutated(), CUTS)
def test_a_manifest_says_the_same_however_its_bytes_come(body: bytes, cuts: list[int]) -> None:
    assert outcome(body, cuts) == outcome(body)


@given(some.lists(some.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=9))
def test_every_viewer_of_a_sound_manifest_is_read_in_any_encoding(ids: list[str]) -> None:
    text = "\r".join(["viewerId;channelArn", *(f"{each};{CHANNEL}" for each in ids)])

    for encoding in ENCODINGS:
        named = outcome(text.encode(encoding))
        assert named == [Viewer(channel_arn=CHANNEL, viewer_id=each) for each in ids]
