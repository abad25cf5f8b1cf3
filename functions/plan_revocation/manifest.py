"""Manifests in S3: CSV or JSON, gzipped or not, read as a stream."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from ivskit.commands import Viewer
from ivskit.errors import Invalid, Unavailable
from ivskit.jobs.records import Rejected
from ivskit.redaction import redacted_errors
from plan_revocation.decoding import from_first_character, lines_of, text_of
from plan_revocation.json_array import elements_of
from plan_revocation.row_formats import (
    COLUMNS,
    Fields,
    NotARow,
    ReadFields,
    fields_of,
    format_of,
    separator_of,
)

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

LONGEST_REASON = 200
MOST_ROWS = 2_000_000
_PIECE = 65_536
_SERVER_ERRORS, _CHANGED = 500, 412
# Without s3:ListBucket S3 answers 403 for a missing object.
_FORBIDDEN_OR_GONE = (403, 404)
_BUSY = frozenset({"SlowDown", "RequestTimeout"})
# The traces of quotes that are not CSV's: IVS accepts any id, and the intended viewer would not be
# revoked. A command's own list may name such an id.
_QUOTES = re.compile(r"""["\u201c-\u201f\u00ab\u00bb]|^['`\u2018-\u201b].*['`\u2018-\u201b]$""")
# What a spreadsheet writes for a long number, or for a formula that failed.
_OF_SPREADSHEET = re.compile(r"-?\d([.,]\d+)?E\+\d+|#(N/A|[A-Z/0]+[!?]|#+)")
# The replacement for bytes that are not in the encoding of the file.
_REPLACED = "\ufffd"
_NO_LINE = (1, "")

Row = Viewer | Rejected


class Manifests:
    """The manifests in the buckets that are allowed for them."""

    def __init__(self, client: "S3Client", *, buckets: Iterable[str]) -> None:
        self._client = client
        self._buckets = frozenset(buckets)

    def version(self, uri: str) -> str:
        """The manifest's ETag; raises Invalid where it cannot be read."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if bucket not in self._buckets:
            allowed = ", ".join(sorted(self._buckets))
            raise Invalid(f"manifest: {bucket} is not among the buckets for manifests: {allowed}")
        with _translated():
            return self._client.head_object(Bucket=bucket, Key=key)["ETag"]

    def rows(self, uri: str, version: str) -> Iterator[Row]:
        """Every row of this version; raises Invalid where it cannot be read."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        with _translated():
            body = self._client.get_object(Bucket=bucket, Key=key, IfMatch=version)["Body"]
        return rows(_pieces(body))


def _pieces(body: "StreamingBody") -> Iterator[bytes]:
    with _translated():
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
    answer = f"S3 answers {code}: {message}"
    if status in _FORBIDDEN_OR_GONE:
        return Invalid(f"manifest: it does not exist, or ivskit may not read it ({answer})")
    return Invalid(f"manifest: {answer}")


def rows(pieces: Iterable[bytes]) -> Iterator[Row]:
    """Each row as a viewer, or as rejected with its number: of its line, or in the array, from 1.

    At least one row. Raises Invalid for what is not a manifest, or names no viewer.
    """
    first, text = from_first_character(text_of(pieces))
    if not first:
        raise Invalid("manifest: it is empty")
    count = 0
    for count, row in enumerate(_of_array(text) if first == "[" else _of_lines(text), start=1):
        if count > MOST_ROWS:
            raise Invalid(f"manifest: has more than {MOST_ROWS} rows; split it")
        yield row
    if not count:
        raise Invalid("manifest: names no viewer: it has no rows, or only a header")


def _of_array(text: Iterable[str]) -> Iterator[Row]:
    for number, element in enumerate(elements_of(text), start=1):
        yield _row(number, element, fields_of)


def _of_lines(text: Iterable[str]) -> Iterator[Row]:
    numbered = enumerate(lines_of(text), start=1)
    written = ((number, line) for number, line in numbered if line.strip())
    first = next(written, _NO_LINE)
    separator = separator_of(first[1])
    if separator is not None:
        first = next(written, _NO_LINE)
    read, is_header = format_of(first[1], separator=separator)
    for number, line in written if is_header else chain([first], written):
        yield _row(number, line, read)


def _row(number: int, source: Any, read: ReadFields) -> Row:
    try:
        return _viewer(read(source))
    except ValidationError as error:
        return _rejected(number, "; ".join(redacted_errors(error)))
    except RecursionError:
        return _rejected(number, "is nested too deeply")
    except ValueError as error:
        return _rejected(number, str(error))


def _viewer(fields: Fields) -> Viewer:
    viewer = Viewer(**{name: fields[name] for name in COLUMNS if name in fields})
    if _QUOTES.search(viewer.viewer_id):
        raise NotARow(
            f"viewer_id: has quotes, {viewer.viewer_id!r}; name it in a command's viewers"
        )
    if _OF_SPREADSHEET.fullmatch(viewer.viewer_id):
        raise NotARow(
            f"viewer_id: is what a spreadsheet makes of another value, {viewer.viewer_id!r}; format"
            " the column as text, or name it in a command's viewers"
        )
    if not viewer.viewer_id.isprintable() or _REPLACED in viewer.viewer_id:
        raise NotARow(f"viewer_id: has characters not printable or not UTF-8, {viewer.viewer_id!r}")
    return viewer


def _rejected(number: int, reason: str) -> Rejected:
    return Rejected(row=number, reason=reason[:LONGEST_REASON])
