"""Any number of items in calls that take a few: results, and a failure for each item without."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ivskit.errors import IvsError, NotSent, Unavailable, kind_of

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Failure(Generic[Item]):
    """An item that could not be served, and why."""

    item: Item
    error: IvsError


@dataclass(frozen=True)
class Bulk(Generic[Item, Result]):
    """What became of many items: each is in one of the two, in the order they were given."""

    results: tuple[Result, ...]
    failures: tuple[Failure[Item], ...]


def in_bulk(
    items: Iterable[Item],
    *,
    size: int,
    check: Callable[[Sequence[Item]], None],
    call: Callable[[Sequence[Item]], Mapping[Item, Result | IvsError]],
) -> Bulk[Item, Result]:
    """Ask for all items, each once, `size` of them in a call.

    A malformed item is not sent and spoils no other; a call that fails is a failure of its items
    and of no others.
    """
    wanted = list(dict.fromkeys(items))
    answers: dict[Item, Result | IvsError] = dict(_malformed(wanted, size, check))
    for chunk in _chunks([item for item in wanted if item not in answers], size):
        try:
            answers.update(call(chunk))
        except IvsError as error:
            answers.update(dict.fromkeys(chunk, error))
    return _sorted(wanted, answers)


def refusal(operation: str, said: Mapping[str, Any]) -> IvsError:
    """One entry of an answer's `errors`, as an error."""
    code = said.get("code", "")
    return kind_of(code)(said.get("message", ""), operation=operation, code=code)


def refusals(operation: str, answer: Mapping[str, Any]) -> dict[str, IvsError]:
    """The `errors` of an answer, by the ARNs they are about."""
    return {said["arn"]: refusal(operation, said) for said in answer.get("errors", ())}


def _malformed(
    items: Sequence[Item], size: int, check: Callable[[Sequence[Item]], None]
) -> Iterator[tuple[Item, IvsError]]:
    for chunk in _chunks(items, size):
        try:
            check(chunk)
        except NotSent:
            yield from _each_malformed(chunk, check)


def _each_malformed(
    chunk: Sequence[Item], check: Callable[[Sequence[Item]], None]
) -> Iterator[tuple[Item, IvsError]]:
    for item in chunk:
        try:
            check((item,))
        except NotSent as error:
            yield item, error


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[begin : begin + size] for begin in range(0, len(items), size))


def _sorted(items: Sequence[Item], answers: Mapping[Item, Result | IvsError]) -> Bulk[Item, Result]:
    results, failures = [], []
    for item in items:
        answer = answers.get(item) or Unavailable("neither answered nor refused")
        if isinstance(answer, IvsError):
            failures.append(Failure(item, answer))
        else:
            results.append(answer)
    return Bulk(tuple(results), tuple(failures))
