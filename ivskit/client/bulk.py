"""Any number of items in calls that take a few: a result or a failure for each item."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ivskit.errors import IvsError, NotSent, Refused, Unavailable, kind_of

# As many as it takes to find one item among 50 by halving.
MORE_CALLS = 12
_HALVES = 2
_SILENT = "neither answered nor refused"

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Failure(Generic[Item]):
    """An item that could not be served, and why."""

    item: Item
    error: IvsError


@dataclass(frozen=True)
class Bulk(Generic[Item, Result]):
    """The results and failures of many items: each item has one of them, in the order given."""

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

    A malformed item is not sent, and an item for which IVS refuses a call is isolated: neither
    affects the others. A call that fails otherwise fails only its own items.
    """
    wanted = list(_each_once(items))
    malformed = dict(malformed_in(wanted, size=size, check=check))
    sound = [item for index, item in enumerate(wanted) if index not in malformed]
    answers: dict[Item, Result | IvsError] = {}
    more_calls = MORE_CALLS
    for chunk in _chunks(sound, size):
        said = isolated(chunk, call, more_calls=more_calls, raises=False)
        answers.update(said)
        if all(isinstance(answer, Refused) and answer.http_status for answer in said.values()):
            # Every call was refused, even for single items: the cause is a missing permission, say.
            more_calls = 0
    return _sorted(wanted, malformed, answers)


def isolated(
    items: Sequence[Item],
    call: Callable[[Sequence[Item]], Mapping[Item, Result | IvsError]],
    *,
    more_calls: int = MORE_CALLS,
    by_one: Callable[[Sequence[Item], Refused], bool] = lambda items, error: True,
    raises: bool = True,
) -> dict[Item, Result | IvsError]:
    """The answers to these items, by one call, or by several where IVS refuses some of them.

    A refused call is repeated in halves, in up to `more_calls` calls, unless `by_one` rules out
    that a single item is at fault. Items that are still refused together then are Unavailable where
    others got through, and Refused where none did. An error that may pass is raised, or is the
    answer for each item of its call.
    """
    answers: dict[Item, Result | IvsError] = {}
    together: dict[Item, Refused] = {}
    pending = [items]
    while pending:
        some = pending.pop()
        try:
            answers.update(call(some) if some else {})
        except Refused as error:
            if len(some) > 1 and more_calls >= _HALVES and by_one(some, error):
                more_calls -= _HALVES
                pending += [some[len(some) // 2 :], some[: len(some) // 2]]
            else:
                (answers if len(some) == 1 else together).update(dict.fromkeys(some, error))
        except IvsError as error:
            if raises:
                raise
            answers.update(dict.fromkeys(some, error))
    got_through = any(not isinstance(answer, Refused) for answer in answers.values())
    return answers | {
        item: _refused_together(error) if got_through else error for item, error in together.items()
    }


def _refused_together(error: Refused) -> Unavailable:
    return Unavailable(
        f"refused together with others: {error.message}",
        operation=error.operation,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
    )


def refusal(operation: str, said: Mapping[str, Any]) -> IvsError:
    """One entry of an answer's `errors`, as an error."""
    code = said.get("code", "")
    return kind_of(code)(said.get("message", ""), operation=operation, code=code)


def refusals(operation: str, answer: Mapping[str, Any]) -> dict[str, IvsError]:
    """The `errors` of an answer, by the ARNs they are about."""
    return {said["arn"]: refusal(operation, said) for said in answer.get("errors", ())}


def malformed_in(
    items: Sequence[Item], *, size: int, check: Callable[[Sequence[Item]], None]
) -> Iterator[tuple[int, IvsError]]:
    """The positions of the malformed items, each with its error."""
    for begin in range(0, len(items), size):
        chunk = items[begin : begin + size]
        if _complaint(chunk, check) is None:
            continue
        for index, item in enumerate(chunk, start=begin):
            wrong = _complaint((item,), check)
            if wrong is not None:
                yield index, wrong


def _complaint(items: Sequence[Item], check: Callable[[Sequence[Item]], None]) -> NotSent | None:
    try:
        check(items)
    except NotSent as error:
        return error
    return None


def _each_once(items: Iterable[Item]) -> Iterator[Item]:
    known = set()
    for item in items:
        try:
            is_new = item not in known
        except TypeError:
            yield item  # no hash: it is malformed, as the check will find
            continue
        if is_new:
            known.add(item)
            yield item


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[begin : begin + size] for begin in range(0, len(items), size))


def _sorted(
    items: Sequence[Item],
    malformed: Mapping[int, IvsError],
    answers: Mapping[Item, Result | IvsError],
) -> Bulk[Item, Result]:
    results, failures = [], []
    for index, item in enumerate(items):
        answer = malformed.get(index) or answers.get(item) or Unavailable(_SILENT)
        if isinstance(answer, IvsError):
            failures.append(Failure(item, answer))
        else:
            results.append(answer)
    return Bulk(tuple(results), tuple(failures))
