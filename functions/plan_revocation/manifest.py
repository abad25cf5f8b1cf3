"""Manifests in S3: CSV or JSON Lines, gzipped or not, read as a stream."""

import csv
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from ivskit.commands import Viewer
from ivskit.errors import Invalid, Unavailable
from ivskit.jobs import Rejected
from ivskit.redaction import redacted_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LONGEST_ROW = 16_384
LONGEST_REASON = 200
MOST_ROWS = 2_000_000
_PIECE = 65_536
_MAGIC = b"\x1f\x8b"
_GZIP_ONLY = 31
_COLUMNS = ("channel_arn", "viewer_id", "up_to_version")
_SERVER_ERRORS, _CHANGED = 500, 412
# Without s3:ListBucket S3 answers 403 for what is not there.
_FORBIDDEN_OR_GONE = (403, 404)
_BUSY = frozenset({"SlowDown", "RequestTimeout"})

Row = Viewer | Rejected
ReadFields = Callable[[str], Mapping[str, Any]]


class Manifests:
    """The manifests in the buckets that may hold some."""

    def __init__(self, client: "S3Client", *, buckets: Iterable[str]) -> None:
        self._client = client
        self._buckets = frozenset(buckets)

    def version(self, uri: str) -> str:
        """What changes when the manifest does; raises Invalid where it cannot be read."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if bucket not in self._buckets:
            allowed = ", ".join(sorted(self._buckets))
            raise Invalid(f"manifest: {bucket} is not among the buckets for manifests: {allowed}")
        with _translated():
            return self._client.head_object(Bucket=bucket, Key=key)["ETag"]

    def rows(self, uri: str, version: str) -> Iterator[Row]:
        """Every row of this version; raises Invalid where it cannot be read."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return rows(self._pieces(bucket, key, version))

    def _pieces(self, bucket: str, key: str, version: str) -> Iterator[bytes]:
        with _translated():
            body = self._client.get_object(Bucket=bucket, Key=key, IfMatch=version)["Body"]
            yield from body.iter_chunks(_PIECE)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _unreadable(error) from error
    except BotoCoreError as error:
        raise Unavailable(str(error), operation="GetObject") from error


def _unreadable(error: ClientError) -> Exception:
    response: Mapping[str, Any] = error.response
    code, message = response["Error"]["Code"], response["Error"].get("Message", "")
    status = response["ResponseMetadata"].get("HTTPStatusCode", 0)
    if status >= _SERVER_ERRORS or code in _BUSY:
        return Unavailable(message, operation="GetObject", code=code)
    if status == _CHANGED:
        return Invalid("manifest: it has changed since the job began")
    told = f"S3 answers {code}: {message}"
    if status in _FORBIDDEN_OR_GONE:
        return Invalid(f"manifest: it is not there, or not readable by ivskit ({told})")
    return Invalid(f"manifest: {told}")


def rows(pieces: Iterable[bytes]) -> Iterator[Row]:
    """Each row as a viewer, or as rejected under its number, which counts every line from 1.

    Raises Invalid for what is no manifest at all.
    """
    numbered = enumerate(_lines(_unzipped(pieces)), start=1)
    written = ((number, line) for number, line in numbered if line.strip())
    first = next(written, None)
    if first is None:
        raise Invalid("manifest: it is empty")
    read, is_header = _format_of(first[1])
    for number, line in written if is_header else chain([first], written):
        if number > MOST_ROWS:
            raise Invalid(f"manifest: has more than {MOST_ROWS} rows; split it")
        yield _row(number, line, read)


def _unzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    stream = iter(pieces)
    first = next(stream, b"")
    every = chain([first], stream)
    return _inflated(every) if first.startswith(_MAGIC) else every


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A little at a time, however much a piece holds; files may be several, one after another."""
    inflater = zlib.decompressobj(_GZIP_ONLY)
    try:
        for piece in pieces:
            while piece:
                if inflater.eof:
                    inflater = zlib.decompressobj(_GZIP_ONLY)
                yield inflater.decompress(piece, _PIECE)
                piece = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    except zlib.error as error:
        raise Invalid(f"manifest: the gzip stream is broken: {error}") from error
    if not inflater.eof:
        raise Invalid("manifest: the gzip stream ends too early")


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        # Of a line that is too long, as much is kept as tells so.
        rest = rest[: LONGEST_ROW + 1]
    yield rest


def _format_of(line: bytes) -> tuple[ReadFields, bool]:
    """How rows like this one are read, and whether it is a header."""
    text = line.decode("utf-8-sig", errors="replace").strip()
    if text.startswith("{"):
        return _json_fields, False
    cells = _first_cells(text)
    if {"channel_arn", "viewer_id"} <= set(cells):
        return _csv_fields(cells), True
    if cells[0].startswith("arn:"):
        return _csv_fields(_COLUMNS), False
    raise Invalid("manifest: is neither JSON Lines nor CSV with channel_arn and viewer_id")


def _first_cells(text: str) -> list[str]:
    try:
        return _cells(text)
    except csv.Error as error:
        raise Invalid(f"manifest: its first line is no CSV: {error}") from error


class _NotARow(ValueError):
    """A line that is not written as a row is, and why."""


def _json_fields(text: str) -> Mapping[str, Any]:
    fields = json.loads(text)
    if not isinstance(fields, dict):
        raise _NotARow("is no JSON object")
    return fields


def _csv_fields(columns: Iterable[str]) -> ReadFields:
    names = tuple(columns)

    def read(text: str) -> Mapping[str, Any]:
        cells = _cells(text)
        if len(cells) > len(names):
            raise _NotARow(f"has {len(cells)} cells, and there are {len(names)} columns")
        return {name: cell for name, cell in zip(names, cells, strict=False) if cell}

    return read


def _cells(text: str) -> list[str]:
    if '"' in text:
        return [cell.strip() for cell in next(csv.reader([text], strict=True), [""])]
    return [cell.strip() for cell in text.split(",")]


def _row(number: int, line: bytes, read: ReadFields) -> Row:
    if len(line) > LONGEST_ROW:
        return _rejected(number, f"has more than {LONGEST_ROW} bytes")
    try:
        # A byte order mark is part of the first line only.
        fields = read(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        return Viewer(**{name: fields[name] for name in _COLUMNS if name in fields})
    except ValidationError as error:
        return _rejected(number, "; ".join(redacted_errors(error)))
    except RecursionError:
        return _rejected(number, "is nested too deeply")
    except (ValueError, csv.Error) as error:
        return _rejected(number, str(error))


def _rejected(number: int, reason: str) -> Rejected:
    return Rejected(row=number, reason=reason[:LONGEST_REASON])
