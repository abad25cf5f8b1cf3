"""Manifests: what they may look like, and what is said of rows and files that are wrong."""

import gzip
import json

import pytest

from ivskit.commands import Viewer
from ivskit.errors import Invalid
from ivskit.jobs.records import Rejected
from plan_revocation import manifest
from plan_revocation.decoding import LONGEST_ROW
from plan_revocation.manifest import LONGEST_REASON, rows
from tests.samples import CHANNEL

ONE = Viewer(channel_arn=CHANNEL, viewer_id="one", up_to_version=5)
TWO = Viewer(channel_arn=CHANNEL, viewer_id="two")
JSON_LINES = (
    json.dumps({"channel_arn": CHANNEL, "viewer_id": "one", "up_to_version": 5, "note": "x"})
    + "\n\n"
    + json.dumps({"channel_arn": CHANNEL, "viewer_id": "two"})
).encode()


CSV = f"channel_arn,viewer_id,up_to_version\n{CHANNEL},one,5\n{CHANNEL},two,\n"
OBJECTS: list[dict[str, object]] = [
    {"channelArn": CHANNEL, "viewerId": "one", "viewerSessionVersionsLessThanOrEqualTo": 5},
    {"channelArn": CHANNEL, "viewerId": "two"},
]
READ = {
    "csv": CSV.encode(),
    "a spreadsheet's": f"\ufeffviewer_id,why,up_to_version,channel_arn\r\none,x,5,{CHANNEL}\r\n"
    f"two,,,{CHANNEL}\r\n".encode(),
    "no header": f"{CHANNEL},one,5\n\n{CHANNEL},two".encode(),
    "no header, semicolons": f"{CHANNEL};one;5\n{CHANNEL};two".encode(),
    "quoted": f'"{CHANNEL}","one","5"\n{CHANNEL}, two\n'.encode(),
    "blanks before quotes": CSV.replace("one", ' "one"').replace("two", '  "two"').encode(),
    "cr": CSV.replace("\n", "\r").encode(),
    "cr cr lf": CSV.replace("\n", "\r\r\n").encode(),
    "semicolons": CSV.replace(",", ";").encode(),
    "tabs": CSV.replace(",", "\t").encode(),
    "bars": CSV.replace(",", " | ").encode(),
    "a declared separator": ("sep=;\n" + CSV.replace(",", ";")).encode(),
    "a strange separator": ('"sep=^"\n' + CSV.replace(",", "^")).encode(),
    "empty cells at the end": CSV.replace(",5", ",5,,").replace("two,", "two,,,").encode(),
    "utf-16": CSV.encode("utf-16"),
    "utf-16 without mark": CSV.encode("utf-16-le"),
    "utf-32": CSV.encode("utf-32"),
    "upper case": CSV.replace("channel_arn,viewer_id", "Channel_ARN,VIEWER ID").encode(),
    "names of the api": CSV.replace(
        "channel_arn,viewer_id,up_to_version",
        "channelArn,viewerId,viewerSessionVersionsLessThanOrEqualTo",
    ).encode(),
    "json": JSON_LINES,
    "json with mark": b"\xef\xbb\xbf" + JSON_LINES,
    "json with cr": JSON_LINES.replace(b"\n", b"\r"),
    "json of the api": "\n".join(map(json.dumps, OBJECTS)).encode(),
    "array": json.dumps(OBJECTS).encode(),
    "array over lines": b"\xef\xbb\xbf\n" + json.dumps(OBJECTS, indent=2).encode() + b"\n",
    "array in utf-16": json.dumps(OBJECTS).encode("utf-16"),
}


@pytest.mark.parametrize("body", READ.values(), ids=READ)
@pytest.mark.parametrize("size", [1, 7, 1 << 16])
@pytest.mark.parametrize("zipped", [False, True])
def test_csv_and_json_are_read_in_pieces_of_any_size(body: bytes, size: int, zipped: bool) -> None:
    sent = gzip.compress(body) if zipped else body
    pieces = [sent[begin : begin + size] for begin in range(0, len(sent), size)]

    assert list(rows(pieces)) == [ONE, TWO]


def test_files_that_were_gzipped_one_by_one_are_read_as_one() -> None:
    body = gzip.compress(f"{CHANNEL},one,5\n".encode()) + gzip.compress(f"{CHANNEL},two".encode())

    assert list(rows([body])) == [ONE, TWO]


def test_a_row_that_does_not_parse_is_reported_with_its_number_and_the_others_go_on() -> None:
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
    assert wrong[8].startswith("is not valid CSV, where each row is one line")
    assert wrong[9].startswith("channel_arn: ")
    assert wrong[10] == f"has more than {LONGEST_ROW} characters"


@pytest.mark.parametrize(
    "line",
    [b"[1]", b"{", b'{"channel_arn": 5}', b'{"x":' + 5_000 * b"[", 5_000 * b"["],
    ids=["list", "open", "number", "deep in a field", "deep"],
)
def test_a_json_line_that_names_nobody_is_rejected(line: bytes) -> None:
    read = list(rows([JSON_LINES + b"\n" + line]))

    assert [isinstance(row, Rejected) for row in read] == [False, False, True]


def test_a_line_of_json_that_is_no_object_is_reported() -> None:
    [*_, read] = rows([JSON_LINES + b"\n[1]"])

    assert read == Rejected(row=4, reason="is not a JSON object")


def test_the_error_of_a_row_is_cut_to_a_length() -> None:
    row = json.dumps({"channel_arn": 9_000 * "x", "viewer_id": 5_000 * "x"}).encode()

    [read] = rows([row])

    assert isinstance(read, Rejected)
    assert len(read.reason) == LONGEST_REASON


@pytest.mark.parametrize(
    "written",
    ['"an""n"', 'an"n', "'ann'", "\u201cann\u201d", "an\x00n", "an\x0bn", "an\u200bn", "an\ufffdn"],
)
def test_a_viewer_whose_id_was_misread_is_rejected_and_the_others_are_not(written: str) -> None:
    [wrong, right] = rows([f"{CHANNEL},{written},5\n{CHANNEL},one,5".encode()])

    assert isinstance(wrong, Rejected)
    assert wrong.reason.startswith("viewer_id: has ")
    assert right == ONE


@pytest.mark.parametrize("written", ["1.23457E+15", "1,2E+20", "-4E+18", "#N/A", "#NAME?", "####"])
def test_a_viewer_whose_id_a_spreadsheet_made_is_rejected(written: str) -> None:
    [wrong, right] = rows([f"{CHANNEL};{written};5\n{CHANNEL};one;5".encode()])

    assert isinstance(wrong, Rejected)
    assert "is what a spreadsheet makes of another value" in wrong.reason
    assert right == ONE


@pytest.mark.parametrize("viewer_id", ["1E5", "user.1E+15", "#anna", "E+12", "1.23e15"])
def test_an_id_that_only_resembles_a_number_is_an_id(viewer_id: str) -> None:
    assert list(rows([f"{CHANNEL},{viewer_id}".encode()])) == [
        Viewer(channel_arn=CHANNEL, viewer_id=viewer_id)
    ]


@pytest.mark.parametrize("bracket", [b"%s", b"[%s]"])
def test_an_object_that_has_a_field_twice_is_rejected(bracket: bytes) -> None:
    twice = f'{{"channel_arn": "{CHANNEL}", "viewer_id": "one", "viewer_id": "two"}}'

    assert list(rows([bracket % twice.encode()])) == [Rejected(row=1, reason="has a field twice")]


@pytest.mark.parametrize("name", ["version", "viewer_session_version", "upToVersions"])
def test_a_version_under_a_name_that_is_not_known_is_not_left_out(name: str) -> None:
    named = {"channel_arn": CHANNEL, "viewer_id": "one", name: 5}

    [wrong] = rows([json.dumps(named).encode()])
    assert isinstance(wrong, Rejected)
    assert wrong.reason.startswith(f"has a field {name!r}; call it up_to_version")
    with pytest.raises(Invalid, match=f"its header has a column '{name}'; call it up_to_version"):
        list(rows([f"channel_arn,viewer_id,{name}\n{CHANNEL},one,5".encode()]))


def test_another_version_beside_ours_is_a_column_like_others() -> None:
    header = "channel_arn,viewer_id,up_to_version,app_version\n"

    assert list(rows([f"{header}{CHANNEL},one,5,17.2".encode()])) == [ONE]


def test_bytes_of_another_encoding_reject_a_viewer_and_are_harmless_in_a_note() -> None:
    header = b"channel_arn,viewer_id,up_to_version,note\n"
    body = header + f"{CHANNEL},one,5,Müller\n{CHANNEL},Müller,5,\n".encode("latin-1")

    [right, wrong] = rows([body])

    assert right == ONE
    assert isinstance(wrong, Rejected)
    assert "not UTF-8" in wrong.reason


def test_a_row_that_says_the_same_twice_in_two_ways_is_rejected() -> None:
    [wrong] = rows([json.dumps({"viewer_id": "one", **OBJECTS[0]}).encode()])

    assert wrong == Rejected(row=1, reason="has 2 fields for viewer_id")


def test_a_version_that_is_a_truth_is_no_version() -> None:
    [wrong] = rows([json.dumps({**OBJECTS[1], "up_to_version": True}).encode()])

    assert isinstance(wrong, Rejected)
    assert "takes a whole number, not True or False" in wrong.reason


def test_an_element_that_names_nobody_is_rejected_by_its_number_in_the_array() -> None:
    read = list(rows([json.dumps([OBJECTS[0], 12, {"viewerId": "x"}]).encode()]))

    assert read[0] == ONE
    assert read[1] == Rejected(row=2, reason="is not a JSON object")
    assert read[2] == Rejected(row=3, reason="channel_arn: Field required")


def test_an_element_that_is_cut_by_a_piece_is_one() -> None:
    pieces = [b"[" + b" " * 64 + b"1", b"2", b"]"]

    assert list(rows(pieces)) == [Rejected(row=1, reason="is not a JSON object")]


def test_an_array_is_read_as_a_stream() -> None:
    most = 20_000
    body = json.dumps([{**OBJECTS[0], "viewerId": f"viewer-{n}"} for n in range(most)]).encode()
    pieces = (body[begin : begin + 1_000] for begin in range(0, len(body), 1_000))

    read = rows(pieces)

    assert next(read) == Viewer(channel_arn=CHANNEL, viewer_id="viewer-0", up_to_version=5)
    assert next(pieces, None) is not None
    assert [row.viewer_id for row in read if isinstance(row, Viewer)][-1] == f"viewer-{most - 1}"


ARRAY = json.dumps(OBJECTS).encode()
REFUSED = {
    "nothing": (b"", "it is empty"),
    "empty lines": (b"\n\n", "it is empty"),
    "blanks": ("\ufeff \u00a0\n".encode(), "it is empty"),
    "a header alone": (b"channel_arn,viewer_id,up_to_version\n", "names no viewer"),
    "a header and empty lines": (b"channel_arn,viewer_id\r\n\r\n \r", "names no viewer"),
    "an empty array": (b" [ ]\n", "names no viewer"),
    "a separator alone": (b"sep=;\n", "neither JSON Lines nor CSV"),
    "a header without viewers": (b"channel_arn;name\n", "its header has no column viewer_id"),
    "two columns for one": (b"channel_arn,viewer_id,viewerId\n", "2 columns for viewer_id"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    "a document": (b"%PDF-1.7\n...", "a PDF document"),
    "a workbook": (b"PK\x03\x04...", "an Excel workbook: save the sheet as CSV UTF-8"),
    "prose": (b"Dear all,\nplease", "neither JSON Lines nor CSV"),
    "objects over lines": (json.dumps(OBJECTS[0], indent=1).encode(), "each object on one line"),
    "open quote": (b'"channel_arn,viewer_id\n', "its first line is not valid CSV"),
    "bad quote": (b'"channel_arn"x,viewer_id\n', "its first line is not valid CSV"),
    "one endless line": (b"x" * (LONGEST_ROW + 1), "more than 16384 characters"),
    "gzip cut off": (gzip.compress(JSON_LINES)[:-12], "ends too early"),
    "gzip changed on its way": (gzip.compress(JSON_LINES)[:-8] + bytes(8), "is broken"),
    "array cut off": (ARRAY[:-1], "element 2 of the JSON array is not followed by one of ,]"),
    "element cut off": (ARRAY[:-3], "element 2 of the JSON array is not valid JSON"),
    "element too long": (b"[" + b"7" * 70_000, "longer than 16384 characters"),
    "element too deep": (b"[" * 5_000, "element 1 of the JSON array is nested"),
    "arrays on lines": (ARRAY + b"\n" + ARRAY, "text follows the JSON array"),
}


@pytest.mark.parametrize(("body", "wrong"), REFUSED.values(), ids=REFUSED)
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
