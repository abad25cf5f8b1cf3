"""DynamoDB's expressions, as far as they name whole attributes: compiled once, evaluated often.

moto parses and validates an expression anew for each call, which takes most of the call's time.
What this does not know raises NotCompiled, and moto decides.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any, TypeVar

from moto.dynamodb.models.dynamo_type import DynamoType

Attributes = Mapping[str, DynamoType]
Read = TypeVar("Read")
# From an item's attributes and the values of the call.
Operand = Callable[[Attributes, Attributes], DynamoType | None]
Condition = Callable[[Attributes, Attributes], bool]

_TOKEN = re.compile(r"\s*([#:]?\w+|<>|<=|>=|[-+=<>(),])")
_COMPARATORS = {"=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_ORDERED = {"S", "N"}
_SETS = {"SS", "NS"}


class NotCompiled(Exception):
    """The expression, or what it means for this item, is left to moto."""


@dataclass(frozen=True)
class Update:
    """What a call sets and removes; an addition sets what comes of it."""

    sets: Sequence[tuple[str, Operand]]
    removes: Sequence[str]


@lru_cache(1024)
def condition(text: str | None, names: tuple[tuple[str, str], ...]) -> Condition:
    """A ConditionExpression; raises NotCompiled."""
    if text is None:
        return lambda item, values: True
    reader = _Reader(text, dict(names))
    compiled = reader.either()
    reader.end()
    return compiled


@lru_cache(1024)
def update(text: str, names: tuple[tuple[str, str], ...]) -> Update:
    """An UpdateExpression; raises NotCompiled."""
    reader = _Reader(text, dict(names))
    sets: list[tuple[str, Operand]] = []
    removes: list[str] = []
    while reader.more():
        match reader.take().upper():
            case "SET":
                sets += reader.listed(reader.assignment)
            case "ADD":
                sets += reader.listed(reader.addition)
            case "REMOVE":
                removes += reader.listed(reader.name)
            case other:
                raise NotCompiled(other)
    return Update(sets, removes)


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self._names = names
        self._tokens = _tokens(text)
        self._at = 0

    # Tokens.

    def more(self) -> bool:
        return self._at < len(self._tokens)

    def take(self) -> str:
        if not self.more():
            raise NotCompiled("the end")
        self._at += 1
        return self._tokens[self._at - 1]

    def takes(self, word: str) -> bool:
        """Whether this word is next; then it is taken."""
        found = self.more() and self._tokens[self._at].upper() == word
        self._at += found
        return found

    def need(self, word: str) -> None:
        if not self.takes(word):
            raise NotCompiled(f"no {word}")

    def end(self) -> None:
        if self.more():
            raise NotCompiled("more than a condition")

    def listed(self, read: Callable[[], Read]) -> list[Read]:
        items = [read()]
        while self.takes(","):
            items.append(read())
        return items

    def name(self) -> str:
        token = self.take()
        if token.startswith("#"):
            return self._names[token]
        if not token[0].isalpha() and token[0] != "_":
            raise NotCompiled(token)
        return token

    # Updates.

    def assignment(self) -> tuple[str, Operand]:
        name = self.name()
        self.need("=")
        value = self._term()
        while self.more() and self._tokens[self._at] in ("+", "-"):
            value = _sum(value, self.take(), self._term())
        return name, value

    def addition(self) -> tuple[str, Operand]:
        name = self.name()
        return name, _added(name, self._operand())

    def _term(self) -> Operand:
        if not self.takes("IF_NOT_EXISTS"):
            return self._operand()
        self.need("(")
        name = self.name()
        self.need(",")
        otherwise = self._term()
        self.need(")")
        return lambda item, values: item[name] if name in item else otherwise(item, values)

    def _operand(self) -> Operand:
        token = self._tokens[self._at] if self.more() else ""
        if token.startswith(":"):
            self._at += 1
            return lambda item, values: values.get(token)
        name = self.name()
        if self.more() and self._tokens[self._at] == "(":
            raise NotCompiled(f"the function {name}")
        return lambda item, values: item.get(name)

    # Conditions.

    def either(self) -> Condition:
        parts = [self._both()]
        while self.takes("OR"):
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        return lambda item, values: any(part(item, values) for part in parts)

    def _both(self) -> Condition:
        parts = [self._not()]
        while self.takes("AND"):
            parts.append(self._not())
        if len(parts) == 1:
            return parts[0]
        return lambda item, values: all(part(item, values) for part in parts)

    def _not(self) -> Condition:
        if self.takes("NOT"):
            inner = self._not()
            return lambda item, values: not inner(item, values)
        if self.takes("("):
            inner = self.either()
            self.need(")")
            return inner
        return self._test()

    def _test(self) -> Condition:
        if self.takes("ATTRIBUTE_EXISTS"):
            name = self._in_parentheses()
            return lambda item, values: name in item
        if self.takes("ATTRIBUTE_NOT_EXISTS"):
            name = self._in_parentheses()
            return lambda item, values: name not in item
        if self.takes("CONTAINS"):
            return self._contains()
        left = self._operand()
        if self.takes("BETWEEN"):
            low = self._operand()
            self.need("AND")
            return _both_of(_compared(">=", left, low), _compared("<=", left, self._operand()))
        return _compared(self.take(), left, self._operand())

    def _contains(self) -> Condition:
        self.need("(")
        name = self.name()
        self.need(",")
        element = self._operand()
        self.need(")")
        return _is_in(name, element)

    def _in_parentheses(self) -> str:
        self.need("(")
        name = self.name()
        self.need(")")
        return name


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:  # a path into an attribute, for example
            raise NotCompiled(text)
        tokens.append(found[1])
        at = found.end()
    return tokens


def _both_of(one: Condition, other: Condition) -> Condition:
    return lambda item, values: one(item, values) and other(item, values)


def _compared(sign: str, left: Operand, right: Operand) -> Condition:
    if sign not in _COMPARATORS:
        raise NotCompiled(sign)
    compare: Callable[[Any, Any], bool] = _COMPARATORS[sign]

    def holds(item: Attributes, values: Attributes) -> bool:
        one, other = left(item, values), right(item, values)
        if one is None or other is None or one.type != other.type:
            raise NotCompiled("a comparison with nothing, or of different types")
        if sign not in ("=", "<>") and one.type not in _ORDERED:
            raise NotCompiled(f"an order of {one.type}")
        return compare(one.cast_value, other.cast_value)

    return holds


def _sum(one: Operand, sign: str, other: Operand) -> Operand:
    def value(item: Attributes, values: Attributes) -> DynamoType:
        left, right = one(item, values), other(item, values)
        if left is None or right is None or left.type != "N" or right.type != "N":
            raise NotCompiled("a sum of other than numbers")
        return left + right if sign == "+" else left - right

    return value


def _added(name: str, part: Operand) -> Operand:
    def value(item: Attributes, values: Attributes) -> DynamoType:
        before, more = item.get(name), part(item, values)
        if more is None or (before is not None and before.type != more.type):
            raise NotCompiled("an addition of nothing, or of another type")
        if more.type == "N":
            return (before or DynamoType({"N": "0"})) + more
        if more.type not in _SETS or not more.value:
            raise NotCompiled("an addition of other than numbers and sets")
        had = [] if before is None else before.value
        return DynamoType({more.type: list(dict.fromkeys([*had, *more.value]))})

    return value


def _is_in(name: str, element: Operand) -> Condition:
    def holds(item: Attributes, values: Attributes) -> bool:
        whole, part = item.get(name), element(item, values)
        if part is None or (whole is not None and whole.type != f"{part.type}S"):
            raise NotCompiled("other than an element of a set")
        return whole is not None and part.cast_value in whole.cast_value

    return holds
