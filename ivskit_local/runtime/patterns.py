"""EventBridge event patterns, compiled to functions of an event.

A pattern names fields and, for each, what matches. Of an array in the event one element must match,
and all fields of an object in an array must match in one and the same element. Values are compared
with their JSON type. What EventBridge would refuse as a pattern is refused here too.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from ipaddress import ip_address, ip_network
from itertools import pairwise
from operator import eq, ge, gt, le, lt
from typing import Any

Matches = Callable[[Any], bool]

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": eq,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_LARGEST_NUMBER = 5e9
_ABSENT = object()


class InvalidPattern(ValueError):
    """EventBridge would refuse this pattern."""


@cache
def compiled(pattern: str) -> Matches:
    """A predicate on events, from a pattern's JSON text; raises InvalidPattern."""
    try:
        return compile_pattern(json.loads(pattern))
    except json.JSONDecodeError as error:
        raise InvalidPattern(f"not JSON: {error}") from error


def compile_pattern(pattern: Any) -> Matches:
    """A predicate on events; raises InvalidPattern."""
    if not isinstance(pattern, dict) or not pattern:
        raise InvalidPattern("a pattern is an object with at least one field")
    matches = [_field(name, wanted, name) for name, wanted in pattern.items()]
    return lambda event: all(match(event) for match in matches)


def _field(name: str, wanted: Any, path: str) -> Matches:
    if name == "$or":
        return _any_of(wanted, path)
    if isinstance(wanted, dict):
        return _nested(name, wanted, path)
    if isinstance(wanted, list) and wanted:
        return _leaf(name, [_matcher(one, path) for one in wanted])
    raise InvalidPattern(f"{path}: must be an object, or an array that is not empty")


def _any_of(wanted: Any, path: str) -> Matches:
    if not isinstance(wanted, list) or len(wanted) < 2:
        raise InvalidPattern(f"{path}: needs an array of at least two patterns")
    ways = [compile_pattern(one) for one in wanted]
    return lambda event: any(way(event) for way in ways)


def _nested(name: str, wanted: Mapping[str, Any], path: str) -> Matches:
    if not wanted:
        raise InvalidPattern(f"{path}: must not be empty")
    fields = [_field(inner, what, f"{path}.{inner}") for inner, what in wanted.items()]

    def matches(event: Any) -> bool:
        # Without any object there, fields may still be asked to be absent.
        objects = [one for one in _elements(_get(event, name)) if isinstance(one, dict)] or [{}]
        return any(all(field(one) for field in fields) for one in objects)

    return matches


def _leaf(name: str, matchers: Sequence[Matches]) -> Matches:
    def matches(event: Any) -> bool:
        values = [one for one in _elements(_get(event, name)) if not isinstance(one, dict)]
        return any(matcher(value) for value in values or [_ABSENT] for matcher in matchers)

    return matches


def _get(event: Any, name: str) -> Any:
    return event.get(name, _ABSENT)


def _elements(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _elements(one)
    else:
        yield value


# What a field's value is asked.


def _matcher(wanted: Any, path: str) -> Matches:
    if not isinstance(wanted, dict):
        return _exactly(wanted, path)
    if len(wanted) != 1:
        raise InvalidPattern(f"{path}: one comparison at a time, not {sorted(wanted)}")
    [(operator, operand)] = wanted.items()
    if operator not in _OPERATORS:
        raise InvalidPattern(f"{path}: unknown comparison {operator}")
    return _OPERATORS[operator](operand, f"{path}.{operator}")


def _exactly(wanted: Any, path: str) -> Matches:
    if isinstance(wanted, list):
        raise InvalidPattern(f"{path}: an array within an array")
    return lambda value: type(value) is type(wanted) and value == wanted


def _text(test: Callable[[str], bool]) -> Matches:
    return lambda value: isinstance(value, str) and test(value)


def _string(operand: Any, path: str) -> str:
    if not isinstance(operand, str) or not operand:
        raise InvalidPattern(f"{path}: needs a string that is not empty")
    return operand


def _prefix(operand: Any, path: str) -> Matches:
    if isinstance(operand, dict):
        folded = _ignoring_case(operand, path)
        return _text(lambda value: value.casefold().startswith(folded))
    wanted = _string(operand, path)
    return _text(lambda value: value.startswith(wanted))


def _suffix(operand: Any, path: str) -> Matches:
    if isinstance(operand, dict):
        folded = _ignoring_case(operand, path)
        return _text(lambda value: value.casefold().endswith(folded))
    wanted = _string(operand, path)
    return _text(lambda value: value.endswith(wanted))


def _ignoring_case(operand: Mapping[str, Any], path: str) -> str:
    if set(operand) != {"equals-ignore-case"}:
        raise InvalidPattern(f"{path}: needs a string or equals-ignore-case")
    return _string(operand["equals-ignore-case"], path).casefold()


def _equals_ignore_case(operand: Any, path: str) -> Matches:
    folded = _string(operand, path).casefold()
    return _text(lambda value: value.casefold() == folded)


def _wildcard(operand: Any, path: str) -> Matches:
    parts = re.findall(r"\\\*|\\\\|\*|[^*\\]+|\\", _string(operand, path))
    if "\\" in parts:
        raise InvalidPattern(f"{path}: a backslash escapes only * and itself")
    if any(one == other == "*" for one, other in pairwise(parts)):
        raise InvalidPattern(f"{path}: two * in a row")
    regex = re.compile("".join(".*" if part == "*" else _literal(part) for part in parts), re.S)
    return _text(lambda value: regex.fullmatch(value) is not None)


def _literal(part: str) -> str:
    return re.escape(part[1:] if part.startswith("\\") else part)


def _cidr(operand: Any, path: str) -> Matches:
    try:
        network = ip_network(_string(operand, path), strict=False)
    except ValueError as error:
        raise InvalidPattern(f"{path}: {error}") from error

    def contained(value: str) -> bool:
        try:
            return ip_address(value) in network
        except ValueError:
            return False

    return _text(contained)


def _exists(operand: Any, path: str) -> Matches:
    if not isinstance(operand, bool):
        raise InvalidPattern(f"{path}: needs true or false")
    return lambda value: (value is not _ABSENT) is operand


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numeric(operand: Any, path: str) -> Matches:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise InvalidPattern(f"{path}: needs one comparison with a number, or two for a range")
    bounds = [_bound(operand[at], operand[at + 1], path) for at in range(0, len(operand), 2)]
    if len(bounds) == 2:
        _check_range([operand[0][0], operand[2][0]], operand[1], operand[3], path)
    return lambda value: _number(value) and all(bound(value) for bound in bounds)


def _bound(comparison: Any, number: Any, path: str) -> Callable[[float], bool]:
    if comparison not in _COMPARISONS:
        raise InvalidPattern(f"{path}: unknown comparison {comparison}")
    if not _number(number) or abs(number) > _LARGEST_NUMBER:
        raise InvalidPattern(f"{path}: needs a number between -5e9 and 5e9, not {number}")
    compare = _COMPARISONS[comparison]
    return lambda value: compare(value, number)


def _check_range(directions: Sequence[str], low: float, high: float, path: str) -> None:
    if directions != [">", "<"] or low >= high:
        raise InvalidPattern(f"{path}: a range is a lower bound, then a higher upper bound")


def _anything_but(operand: Any, path: str) -> Matches:
    refused = _refused(operand, path)
    return lambda value: value is not _ABSENT and not any(match(value) for match in refused)


def _refused(operand: Any, path: str) -> Sequence[Matches]:
    if not isinstance(operand, dict):
        return [_exactly(one, path) for one in _scalars(operand, path)]
    if len(operand) != 1 or not set(operand) <= _REFUSABLE:
        raise InvalidPattern(f"{path}: one of {sorted(_REFUSABLE)}, not {sorted(operand)}")
    [(operator, inner)] = operand.items()
    several = inner if isinstance(inner, list) and inner else [inner]
    return [_OPERATORS[operator](one, f"{path}.{operator}") for one in several]


def _scalars(operand: Any, path: str) -> Sequence[Any]:
    several = operand if isinstance(operand, list) else [operand]
    kinds = {str if isinstance(one, str) else float if _number(one) else None for one in several}
    if len(kinds) != 1 or None in kinds:
        raise InvalidPattern(f"{path}: needs strings, or numbers")
    return several


_REFUSABLE = {"prefix", "suffix", "equals-ignore-case", "wildcard"}
_OPERATORS: Mapping[str, Callable[[Any, str], Matches]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "cidr": _cidr,
    "exists": _exists,
    "numeric": _numeric,
    "anything-but": _anything_but,
}
