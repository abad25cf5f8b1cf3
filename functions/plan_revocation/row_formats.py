"""The formats of a manifest's rows: CSV with any usual separator, or JSON."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ivskit.errors import Invalid
from plan_revocation.decoding import LONGEST_ROW
from plan_revocation.json_array import Repeated, object_of

COLUMNS = ("channel_arn", "viewer_id", "up_to_version")
_REQUIRED = frozenset({"channel_arn", "viewer_id"})
# Our names and those of the API, in any case and with any joints between words.
_NAMES = {
    "channelarn": "channel_arn",
    "viewerid": "viewer_id",
    "uptoversion": "up_to_version",
    "viewersessionversionslessthanorequalto": "up_to_version",
}
_JOINTS = re.compile(r"[\W_]+")
_SEPARATORS = ",;\t|"
_DECLARED = re.compile(r'"?sep=([^\w"\s]|\t)"?', re.IGNORECASE)
_QUOTE = '"'
_SAY_WHICH_VERSION = "call it up_to_version if it is that, or leave it out"

Fields = Mapping[str, Any]
ReadFields = Callable[[Any], Fields]


class NotARow(ValueError):
    """A row that cannot be read, and why."""


def separator_of(line: str) -> str | None:
    """The separator that a spreadsheet's line `sep=;` declares, if this is one."""
    declared = _DECLARED.fullmatch(line.strip(" "))
    return declared[1] if declared else None


def format_of(line: str, *, separator: str | None = None) -> tuple[ReadFields, bool]:
    """How to read rows like this first one, and whether it is a header.

    Raises Invalid for what is neither JSON Lines nor CSV.
    """
    if len(line) > LONGEST_ROW:
        raise Invalid(f"manifest: its first line has more than {LONGEST_ROW} characters")
    if line.strip() == "{":
        raise Invalid("manifest: looks like JSON over several lines; write each object on one line")
    if line.lstrip().startswith("{"):
        return _json_line, False
    return _csv_format(line, separator or _SEPARATORS)


def fields_of(element: Any) -> Fields:
    """The fields of a JSON object under our names; raises NotARow."""
    if not isinstance(element, dict):
        raise NotARow("is not a JSON object")
    if isinstance(element, Repeated):
        raise NotARow("has a field twice")
    names = [_named(name) for name in element]
    for name in COLUMNS:
        if names.count(name) > 1:
            raise NotARow(f"has {names.count(name)} fields for {name}")
    unknown = _unknown_version(names)
    if unknown is not None:
        raise NotARow(f"has a field {unknown!r}; {_SAY_WHICH_VERSION}")
    return dict(zip(names, element.values(), strict=True))


def _json_line(line: str) -> Fields:
    return fields_of(json.loads(_short_enough(line), object_pairs_hook=object_of))


def _csv_format(line: str, separators: str) -> tuple[ReadFields, bool]:
    headers = {separator: _header(line, separator) for separator in separators}
    for separator, names in headers.items():
        if set(names) >= _REQUIRED:
            return _csv_row(_unambiguous(names), separator), True
    if line.lstrip(" \t" + _QUOTE).startswith("arn:"):
        separator = next((each for each in line if each in separators), separators[0])
        return _csv_row(COLUMNS, separator), False
    raise Invalid(f"manifest: {_what_is_wrong(headers.values())}")


def _header(line: str, separator: str) -> Sequence[str]:
    """The columns of a header line; none where it is not valid CSV."""
    try:
        return [_named(cell) for cell in _cells(line, separator)]
    except NotARow:
        return ()


def _unambiguous(names: Sequence[str]) -> Sequence[str]:
    for name in COLUMNS:
        if names.count(name) > 1:
            raise Invalid(f"manifest: its header has {names.count(name)} columns for {name}")
    unknown = _unknown_version(names)
    if unknown is not None:
        raise Invalid(f"manifest: its header has a column {unknown!r}; {_SAY_WHICH_VERSION}")
    return names


def _unknown_version(names: Sequence[str]) -> str | None:
    """A version under an unknown name: without it, other sessions would be revoked."""
    if "up_to_version" in names:
        return None
    return next((name for name in names if "version" in name.casefold()), None)


def _what_is_wrong(headers: Iterable[Sequence[str]]) -> str:
    names = {name for header in headers for name in header}
    if not names:
        return "its first line is not valid CSV: a quote is not closed, or stands inside a cell"
    missing = sorted(_REQUIRED - names)
    if len(missing) == 1:
        return f"its header has no column {missing[0]}"
    return "is neither JSON Lines nor CSV with the columns channel_arn and viewer_id"


def _csv_row(names: Sequence[str], separator: str) -> ReadFields:
    def read(line: str) -> Fields:
        cells = _cells(_short_enough(line), separator)
        if any(cells[len(names) :]):
            raise NotARow(f"has {len(cells)} cells, and there are {len(names)} columns")
        return {name: cell for name, cell in zip(names, cells, strict=False) if cell}

    return read


def _cells(line: str, separator: str) -> Sequence[str]:
    if _QUOTE not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        [cells] = csv.reader([line], delimiter=separator, strict=True, skipinitialspace=True)
    except csv.Error as error:
        raise NotARow(f"is not valid CSV, where each row is one line: {error}") from None
    return [cell.strip() for cell in cells]


def _named(name: str) -> str:
    """A column or field under our name; unknown ones unchanged."""
    return _NAMES.get(_JOINTS.sub("", name).casefold(), name)


def _short_enough(line: str) -> str:
    if len(line) > LONGEST_ROW:
        raise NotARow(f"has more than {LONGEST_ROW} characters")
    return line
