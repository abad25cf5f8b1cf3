"""Rates: a burst of calls above the published rate is throttled. Asked with --throttling alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ivskit import quotas
from ivskit_local.conform.answers import Answered
from ivskit_local.conform.inputs import IDLE
from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import READING, Group, Need, Source, page

GROUP = Group("throttling", Need.RATES)
RATES = page("service-quotas")
THROTTLED = "429 ThrottlingException"
AT_ONCE = 8
# Read-only operations can be called often; of the others, those that change nothing by a repeat.
READS = ("Get", "List", "BatchGet")
REPEATABLE = {"StartViewerSessionRevocation", "BatchStartViewerSessionRevocation", "TagResource"}
NOT_PUBLISHED = {"GetFailoverSlateConfiguration", "ListFailoverSlateConfigurations"}


def burst(place: Place, operation: str, count: int, given: dict[str, Any]) -> list[str]:
    """The answers to so many calls at once."""

    def call(_: int) -> str:
        return str(place.ask(operation, patient=False, **given))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(call, range(count)))


def _throttled(operation: str, rate: int) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        given = IDLE[operation](place)
        place.around.wait(2)
        answers = burst(place, operation, 10 * rate, given)
        place.around.wait(2)
        first = answers.count(THROTTLED) < len(answers)
        return f"{THROTTLED if THROTTLED in answers else 'never'}, some before: {first}"

    return ask


for _operation, _rate in sorted(quotas.RATES.items()):
    if _operation.startswith(READS) or _operation in REPEATABLE:
        _source: Source = READING if _operation in NOT_PUBLISHED else RATES
        GROUP.add(
            _operation,
            f"{_operation} takes {_rate} calls a second, and throttles the rest of a burst",
            _source,
            f"{THROTTLED}, some before: True",
            _throttled(_operation, _rate),
        )


@GROUP.probe(
    "PutMetadata.of-a-channel",
    "PutMetadata takes 5 calls a second of one channel, and throttles the rest",
    RATES,
    f"{THROTTLED}, some before: True",
    Need.LIVE,
)
def _metadata(place: Place) -> str:
    given = {"channelArn": place.live, "metadata": "{}"}
    place.around.wait(2)
    answers = burst(place, "PutMetadata", 50, given)
    place.around.wait(2)
    first = answers.count(THROTTLED) < len(answers)
    return f"{THROTTLED if THROTTLED in answers else 'never'}, some before: {first}"


@GROUP.probe(
    "recovers",
    "a second after a burst, a call is answered again",
    RATES,
    "throttled, then 200",
)
def _recovers(place: Place) -> str:
    answers = burst(place, "GetChannel", 50, {"arn": place.idle})
    place.around.wait(1.5)
    return _then(answers, place.ask("GetChannel", patient=False, arn=place.idle))


@GROUP.probe(
    "apart",
    "a burst of one operation throttles no other",
    RATES,
    "throttled, then 200",
)
def _apart(place: Place) -> str:
    arn = place.idle
    place.around.wait(2)
    answers = burst(place, "GetChannel", 50, {"arn": arn})
    return _then(answers, place.ask("ListChannels", patient=False))


def _then(answers: list[str], answered: Answered) -> str:
    return f"{'throttled' if THROTTLED in answers else 'never throttled'}, then {answered}"
