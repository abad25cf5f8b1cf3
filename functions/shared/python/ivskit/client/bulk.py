"""Any number of items in calls that take a few: results, and a failure for each item without."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
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
    check: Callable[[Item], None],
    call: Callable[[Sequence[Item]], Mapping[Item, Result | IvsError]],
) -> Bulk[Item, Result]:
    """Ask for all items, each once, `size` of them in a call.

    A malformed item is not sent and spoils no other; a call that fails is a failure of its items
    and of no others.
    """
    answers: dict[Item, Result | IvsError] = {}
    sound = []
    for item in dict.fromkeys(items):
        answers[item] = Unavailable("neither answered nor refused")
        try:
            check(item)
        except NotSent as error:
            answers[item] = error
        else:
            sound.append(item)
    rest = iter(sound)
    while chunk := tuple(islice(rest, size)):
        try:
            answers.update(call(chunk))
        except IvsError as error:
            answers.update(dict.fromkeys(chunk, error))
    return _sorted(answers)


def refusal(operation: str, said: Mapping[str, Any]) -> IvsError:
    """One entry of an answer's `errors`, as an error."""
    code = said.get("code", "")
    return kind_of(code)(said.get("message", ""), operation=operation, code=code)


def _sorted(answers: Mapping[Item, Result | IvsError]) -> Bulk[Item, Result]:
    results, failures = [], []
    for item, answer in answers.items():
        if isinstance(answer, IvsError):
            failures.append(Failure(item, answer))
        else:
            results.append(answer)
    return Bulk(tuple(results), tuple(failures))
