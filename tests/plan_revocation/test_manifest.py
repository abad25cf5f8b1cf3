"""Manifests: what they may look like, and what is said of rows and files that are wrong."""

import gzip
import json

import pytest

from ivskit.commands import Viewer
from ivskit.errors import Invalid
from ivskit.jobs import Rejected
from plan_revocation import manifest
from plan_revocation.manifest import LONGEST_REASON, LONGEST_ROW, rows
from tests.samples import CHANNEL

ONE = Viewer(channel_arn=CHANNEL, viewer_id="one", up_to_version=5)
TWO = Viewer(channel_arn=CHANNEL, viewer_id="two")
JSON_LINES = (
    json.dumps({"channel_arn": CHANNEL, "viewer_id": "one", "up_to_version": 5, "note": "x"})
    + "\n\n"
    + json.dumps({"channel_arn": CHANNEL, "viewer_id": "two"})
).encode()


@pytest.mark.parametrize(
    "body",
    [
        f"channel_arn,viewer_id,up_to_version\n{CHANNEL},one,5\n{CHANNEL},two,\n".encode(),
        f"\ufeffviewer_id,why,up_to_version,channel_arn\r\none,x,5,{CHANNEL}\r\ntwo,,,{CHANNEL}"
        "\r\n".encode(),
        f"{CHANNEL},one,5\n\n{CHANNEL},two".encode(),
        f'"{CHANNEL}","one","5"\n{CHANNEL}, two\n'.encode(),
        JSON_LINES,
        b"\xef\xbb\xbf" + JSON_LINES,
    ],
    ids=["csv", "csv of a spreadsheet", "csv without header", "quoted", "json", "json with mark"],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 16])
@pytest.mark.parametrize("zipped", [False, True])
def test_csv_and_json_lines_are_read_in_pieces_of_any_size(
    body: bytes, size: int, zipped: bool
) -> None:
    sent = gzip.compress(body) if zipped else body
    pieces = [sent[begin : begin + size] for begin in range(0, len(sent), size)]
    if zipped and size == 1:
        pieces[:2] = [sent[:2]]

    assert list(rows(pieces)) == [ONE, TWO]


def test_files_that_were_gzipped_one_by_one_are_read_as_one() -> None:
    body = gzip.compress(f"{CHANNEL},one,5\n".encode()) + gzip.compress(f"{CHANNEL},two".encode())

    assert list(rows([body])) == [ONE, TWO]


def test_a_row_that_does_not_parse_is_told_with_its_number_and_the_others_go_on() -> None:
    body = b"\n".join(
        [
            b"channel_arn,viewer_id,up_to_version",
            f"{CHANNEL},one,5".encode(),
            f"{CHANNEL},{41 * 'x'},5".encode(),
            b"no channel,three,5",
            f"{CHANNEL},four,five".encode(),
            f"{CHANNEL},five,5,6".encode(),
            f"{CHANNEL}".encode(),
            b'"open',
            b"\xff\xfe,six,5",
            b"x" * (LONGEST_ROW + 1),
            f"{CHANNEL},two".encode(),
        ]
    )

    read = list(rows([body]))

    assert [row for row in read if isinstance(row, Viewer)] == [ONE, TWO]
    wrong = {row.row: row.reason for row in read if isinstance(row, Rejected)}
    assert set(wrong) == set(range(3, 11))
    assert wrong[3].startswith("viewer_id: String should have at most 40 characters")
    assert wrong[6] == "has 4 cells, and there are 3 columns"
    assert wrong[7] == "viewer_id: Field required"
    assert wrong[10] == f"has more than {LONGEST_ROW} bytes"


@pytest.mark.parametrize(
    "line",
    [b"[1]", b"{", b'{"channel_arn": 5}', b'{"x":' + 5_000 * b"[", 5_000 * b"["],
    ids=["list", "open", "number", "deep in a field", "deep"],
)
def test_a_json_line_that_names_nobody_is_rejected(line: bytes) -> None:
    read = list(rows([JSON_LINES + b"\n" + line]))

    assert [isinstance(row, Rejected) for row in read] == [False, False, True]


def test_a_line_of_json_that_is_no_object_is_told_so() -> None:
    [*_, read] = rows([JSON_LINES + b"\n[1]"])

    assert read == Rejected(row=4, reason="is no JSON object")


def test_what_is_wrong_with_a_row_is_not_told_at_any_length() -> None:
    row = json.dumps({"channel_arn": 9_000 * "x", "viewer_id": 5_000 * "x"}).encode()

    [read] = rows([row])

    assert isinstance(read, Rejected)
    assert len(read.reason) == LONGEST_REASON


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"%PDF-1.7\n...", "neither JSON Lines nor CSV"),
        (b'"channel_arn,viewer_id\n', "its first line is no CSV"),
        (b'"channel_arn"x,viewer_id\n', "its first line is no CSV"),
        (gzip.compress(JSON_LINES)[:-12], "ends too early"),
        (gzip.compress(JSON_LINES)[:-8] + bytes(8), "is broken"),
    ],
    ids=[
        "nothing",
        "empty lines",
        "another format",
        "open quote",
        "bad quote",
        "cut off",
        "changed on its way",
    ],
)
def test_what_is_no_manifest_is_refused_as_a_whole(body: bytes, wrong: str) -> None:
    with pytest.raises(Invalid, match=wrong):
        list(rows([body]))


def test_a_manifest_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MOST_ROWS", 3)

    with pytest.raises(Invalid, match="more than 3 rows"):
        list(rows([4 * f"{CHANNEL},one\n".encode()]))


def test_a_line_without_end_takes_no_memory() -> None:
    endless = (b"x" * 65_536 for _ in range(1_000))

    read = list(rows([f"{CHANNEL},one,5\n".encode(), *endless, b"\n", f"{CHANNEL},two".encode()]))

    assert [read[0], read[2]] == [ONE, TWO]
    assert isinstance(read[1], Rejected)
