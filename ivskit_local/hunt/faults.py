"""What fails on a random day: functions die, calls fail or are slow, clocks are off."""

from collections.abc import Iterator
from random import Random
from typing import Any

from ivskit_local.hunt.dice import DAY, HOUR, MINUTE, Step

FUNCTIONS = ("rotate_stream_key", "stop_stream", "reconcile_streams")
OTHERS = ("plan_revocation", "revoke_viewers", "rotate_playback_key")
OF_METADATA = ("push_metadata", "queue_metadata")
DEADLY = (
    "UpdateItem", "GetChannel", "ListStreamKeys", "DeleteStreamKey", "CreateStreamKey",
    "DescribeSecret", "PutSecretValue", "StopStream", "SendMessage", "PutEvents",
)  # fmt: skip
FAULTS = (
    ("ivs", "DeleteStreamKey", "ThrottlingException", 429),
    ("ivs", "CreateStreamKey", "InternalServerException", 500),
    ("ivs", "StopStream", "StreamUnavailable", 503),
    ("ivs", "GetStream", "InternalServerException", 500),
    ("secretsmanager", "PutSecretValue", "InternalServiceError", 500),
    ("events", "PutEvents", "InternalFailure", 500),
    ("ivs", "BatchStartViewerSessionRevocation", "ThrottlingException", 429),
    ("ivs", "PutMetadata", "InternalServerException", 500),
    ("dynamodb", "UpdateItem", "InternalServerError", 500),
    ("sqs", "SendMessage", "InternalFailure", 500),
    ("scheduler", "CreateSchedule", "InternalServerException", 500),
    ("ivs", "ImportPlaybackKeyPair", "InternalServerException", 500),
    ("ivs", "DeletePlaybackKeyPair", "ThrottlingException", 429),
)
OF_RESTRICTIONS = ("restrict_playback", "take_down")
FAULTS_OF_RESTRICTIONS = (
    ("CreatePlaybackRestrictionPolicy", "ThrottlingException", 429),
    ("UpdateChannel", "InternalServerException", 500),
    ("DeletePlaybackRestrictionPolicy", "InternalServerException", 500),
)
# More calls than ten tries make.
_OUTAGE = 60


def death(dice: Random) -> Step:
    """A function dies at one of its calls: the next of an operation, or its nth."""
    kill = {"at": dice.randrange(DAY), "do": "kill", "when": dice.choice(["before", "after"])}
    kill["may_fail"] = True
    if dice.random() < 0.3:
        return {
            **kill,
            "function": dice.choice(FUNCTIONS + OTHERS + OF_METADATA),
            "call": dice.randrange(1, 25),
        }
    return {**kill, "function": dice.choice(FUNCTIONS), "operation": dice.choice(DEADLY)}


def death_at_work(function: str, at: int, dice: Random) -> Step:
    """A function dies soon, at one of its first calls."""
    kill = {"at": at, "do": "kill", "when": dice.choice(["before", "after"]), "may_fail": True}
    return {**kill, "function": function, "call": dice.randrange(1, 9)}


def fault(dice: Random) -> Step:
    """An operation fails, once or several times in a row."""
    service, operation, code, status = dice.choice(FAULTS)
    return _fault(dice.randrange(DAY), service, operation, dice, code=code, status=status)


def of_metadata(at: int, dice: Random) -> Iterator[Step]:
    """While a piece is inserted slowly, others gather; one is not inserted, or has no answer."""
    slow = {"do": "slow", "service": "ivs", "operation": "PutMetadata"}
    yield {"at": at, **slow, "by": "3s"}
    answer = {"code": "InternalServerException", "status": 500}
    yield _fault(at + dice.randrange(4), "ivs", "PutMetadata", dice, **answer)
    yield {"at": at + MINUTE, **slow, "by": "0s"}


def of_restrictions(at: int, dice: Random) -> Step:
    """IVS attaches no restriction, or takes none off, for a while."""
    operation, code, status = dice.choice(FAULTS_OF_RESTRICTIONS)
    return _fault(at, "ivs", operation, dice, code=code, status=status)


def of_the_index(dice: Random) -> Iterator[Step]:
    """The index of recordings dies at its work, and its dead letters are redriven."""
    for _ in range(dice.randrange(3)):
        yield death_at_work("index_recordings", dice.randrange(DAY), dice)
    yield {"at": DAY + HOUR, "do": "redrive", "function": "index_recordings"}


def of_a_quiz(at: int, dice: Random) -> Iterator[Step]:
    """While the first piece is inserted slowly, others gather; a later one is not inserted."""
    slow = {"do": "slow", "service": "ivs", "operation": "PutMetadata"}
    refused = {"code": "ThrottlingException", "status": 429, "when": "before"}
    unanswered = {"code": "InternalServerException", "status": 500, "when": "after"}
    yield {"at": at, **slow, "by": "3s"}
    fault = _fault(at + dice.randrange(1, 4), "ivs", "PutMetadata", dice)
    yield {**fault, **dice.choice([refused, unanswered]), "times": dice.choice([1, 2, 4])}
    yield {"at": at + MINUTE, **slow, "by": "0s"}


def of_keys(at: int, dice: Random) -> Step:
    """IVS creates no key for a while, or for longer than a message is tried."""
    answer = {"code": "InternalServerException", "status": 500}
    fault = _fault(at, "ivs", "CreateStreamKey", dice, **answer)
    return {**fault, "when": "before", "times": dice.choice([4, _OUTAGE])}


def _fault(at: int, service: str, operation: str, dice: Random, **answer: Any) -> Step:
    # An outage that no record survives; one of the store would outlast the day.
    outage = _OUTAGE if service == "ivs" else 4
    return {
        "at": at,
        "do": "fault",
        "service": service,
        "operation": operation,
        **answer,
        "when": dice.choice(["before", "after"]),
        "times": dice.choice([1, 1, 2, 2, 4, 4, outage]),
        "may_fail": True,
    }


def about_all(dice: Random) -> Iterator[Step]:
    """Clocks that are off, calls that are slow or time out, and dead letters that are redriven."""
    for function in FUNCTIONS:
        off = dice.choice([-1, 0, 1])
        yield {"at": 0, "do": "shift clock", "function": function, "by": f"{off}s"}
    for service, operation, *_ in dice.sample(FAULTS, 2):
        at = dice.randrange(DAY)
        slow = {"do": "slow", "service": service, "operation": operation}
        yield {**slow, "at": at, "by": f"{dice.choice([1, 2, 3, 4, 30])}s"}
        yield {**slow, "at": at + 7 * MINUTE, "by": "0s"}
    for function in FUNCTIONS + OTHERS + OF_RESTRICTIONS:
        yield {"at": DAY + HOUR, "do": "redrive", "function": function}
