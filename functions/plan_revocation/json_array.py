"""A JSON array of any size, element by element."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from ivskit.errors import Invalid
from plan_revocation.decoding import LONGEST_ROW

_BLANKS = re.compile("[\ufeff \t\n]*")


class Repeated(dict[str, Any]):
    """An object that has a field twice: JSON does not define which one counts."""


def object_of(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these fields; Repeated where one occurs twice."""
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else Repeated(fields)


_DECODER = json.JSONDecoder(object_pairs_hook=object_of)


def elements_of(text: Iterable[str]) -> Iterator[Any]:
    """Each element of the array that this text holds, and nothing after it.

    Raises Invalid, with the number of the element from 1, where the text is anything else.
    """
    yield from _Array(text).elements()


class _Array:
    def __init__(self, text: Iterable[str]) -> None:
        self._pieces = iter(text)
        self._text = ""
        self._at = 0
        self._number = 0

    def elements(self) -> Iterator[Any]:
        self._step("[")
        if self._next() == "]":
            self._step("]")
        else:
            yield self._element()
            while self._step(",]") == ",":
                yield self._element()
        if self._next():
            raise Invalid("manifest: text follows the JSON array")

    def _element(self) -> Any:
        self._number += 1
        self._next()
        while (found := self._decoded()) is None:
            pass
        element, self._at = found
        return element

    def _decoded(self) -> tuple[Any, int] | None:
        """The element here and its end, or None where it continues in the next piece."""
        try:
            element, end = _DECODER.raw_decode(self._text, self._at)
        except RecursionError:
            self._refuse("is nested too deeply")
        except ValueError:
            if len(self._text) - self._at <= LONGEST_ROW and self._fill():
                return None
            self._refuse(f"is not valid JSON, or longer than {LONGEST_ROW} characters")
        # A number may continue in the next piece.
        at_end = end == len(self._text)
        return None if at_end and self._fill() else (element, end)

    def _step(self, expected: str) -> str:
        found = self._next()
        if not found or found not in expected:
            self._refuse(f"is not followed by one of {expected}")
        self._at += 1
        return found

    def _next(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            match = _BLANKS.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def _fill(self) -> bool:
        more = next(self._pieces, None)
        if more is None:
            return False
        self._text, self._at = self._text[self._at :] + more, 0
        return True

    def _refuse(self, what: str) -> NoReturn:
        raise Invalid(f"manifest: element {self._number} of the JSON array {what}")
