"""From the bytes of a manifest to its text: gunzipped, decoded, each line end as `\\n`."""

import codecs
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from ivskit.errors import Invalid

LONGEST_ROW = 16_384
_PIECE = 65_536
_GZIP = b"\x1f\x8b"
_GZIP_ONLY = 31
_HEAD = 16
_MARK = "\ufeff"
_WRITTEN = re.compile(rf"[^\s{_MARK}]")
_OTHER_FORMATS = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "an Excel workbook: save the sheet as CSV UTF-8",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"PAR1": "a Parquet file",
    b"BZh": "a bzip2 archive: only gzip is read",
    b"\xfd7zXZ": "an xz archive: only gzip is read",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive: only gzip is read",
    b"-----BEGIN": "a key or certificate in PEM",
    b"<": "XML or HTML",
}


def text_of(pieces: Iterable[bytes]) -> Iterator[str]:
    """The text, piece by piece; bytes that are not in its encoding become U+FFFD.

    The encoding is UTF-8, UTF-16 or UTF-32, with or without a byte order mark. Raises Invalid for a
    broken gzip stream, and for a format that is recognized but not supported.
    """
    head, rest = _begun(_gunzipped(pieces), _HEAD)
    for magic, format_ in _OTHER_FORMATS.items():
        if head.startswith(magic):
            raise Invalid(f"manifest: is neither JSON nor CSV; it looks like {format_}")
    decode = codecs.getincrementaldecoder(json.detect_encoding(head))(errors="replace")
    newlines = io.IncrementalNewlineDecoder(decode, translate=True)
    for piece in rest:
        yield newlines.decode(piece)
    yield newlines.decode(b"", final=True)


def lines_of(text: Iterable[str]) -> Iterator[str]:
    """Each line, without its end and any byte order mark; a line that is too long is cut off."""
    rest = ""
    for piece in text:
        *whole, rest = (rest + piece).split("\n")
        yield from (line.removeprefix(_MARK) for line in whole)
        # Keep just enough of a line to show that it is too long.
        rest = rest[: LONGEST_ROW + 1]
    yield rest.removeprefix(_MARK)


def from_first_character(text: Iterable[str]) -> tuple[str, Iterator[str]]:
    """The first character that is neither blank nor a byte order mark, and the whole text."""
    pieces, blank = iter(text), ""
    for piece in pieces:
        written = _WRITTEN.search(piece)
        if written:
            return written[0], chain([blank + piece], pieces)
        # Blank lines count where rows are numbered.
        blank += "\n" * piece.count("\n")
    return "", iter(())


def _begun(pieces: Iterable[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """At least this many bytes from the beginning, if there are so many, and all pieces."""
    stream, head = iter(pieces), b""
    while len(head) < size and (piece := next(stream, None)) is not None:
        head += piece
    return head, chain([head], stream)


def _gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    head, every = _begun(pieces, len(_GZIP))
    return _inflated(every) if head.startswith(_GZIP) else every


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Small pieces, whatever the size of the input; gzip members may follow each other."""
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
