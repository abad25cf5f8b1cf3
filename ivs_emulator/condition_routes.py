"""The routes of conditions: time, faults, quotas, delays and buckets, and a fresh start."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from .clock import CLOCK
from .conditions import Conditions
from .events import timestamp
from .everywhere import backends, run_due
from .inputs import (
    FAULTS_AT_MOST,
    BadInput,
    Number,
    check,
    fault,
    fields_of,
    read,
    seconds,
)

QUOTA = Number(0, 1_000_000)
DELAY_SECONDS_AT_MOST = 86_400


def advance(_: Conditions, body: Any) -> dict[str, Any]:
    given = read(body, advanceSeconds=Number(float("-inf"), float("inf"), whole=False))
    check("advanceSeconds" in given, "advanceSeconds must be a number of seconds, 0 or more.")
    try:
        CLOCK.advance(given["advanceSeconds"])
    except ValueError as wrong:
        raise BadInput(f"advanceSeconds {wrong}.") from None
    run_due()
    return {"now": timestamp(CLOCK.now())}


def set_faults(conditions: Conditions, body: Any) -> dict[str, Any]:
    given = read(body, faults=list, seed=Number(-(2**63), 2**63))
    check("faults" in given, 'faults is needed: a list such as [{"kind": "throttle"}].')
    count = len(given["faults"])
    check(count <= FAULTS_AT_MOST, f"faults must be at most {FAULTS_AT_MOST}, not {count}.")
    conditions.faults.set([fault(wanted) for wanted in given["faults"]], seed=given.get("seed"))
    return get_faults(conditions, {})


def get_faults(conditions: Conditions, body: Any) -> dict[str, Any]:
    read(body)
    return {"faults": [asdict(fault) for fault in conditions.faults]}


def set_quotas(conditions: Conditions, body: Any) -> dict[str, Any]:
    """Set those that are named; the others stay as they are."""
    names = fields_of(conditions.limits)
    given = read(body, **dict.fromkeys(names, QUOTA))
    for name, quota in given.items():
        setattr(conditions.limits, names[name], quota)
    return get_quotas(conditions, {})


def get_quotas(conditions: Conditions, body: Any) -> dict[str, Any]:
    read(body)
    names = fields_of(conditions.limits)
    return {name: getattr(conditions.limits, field) for name, field in names.items()}


def set_timing(conditions: Conditions, body: Any) -> dict[str, Any]:
    """Set those that are named; what is already under way keeps its time."""
    names = _delays(conditions)
    given = read(body, **dict.fromkeys(names, seconds(DELAY_SECONDS_AT_MOST)))
    for name, delay in given.items():
        setattr(conditions.timing, names[name], timedelta(seconds=delay))
    return get_timing(conditions, {})


def get_timing(conditions: Conditions, body: Any) -> dict[str, Any]:
    read(body)
    timing = conditions.timing
    return {n: getattr(timing, field).total_seconds() for n, field in _delays(conditions).items()}


def set_buckets(conditions: Conditions, body: Any) -> dict[str, Any]:
    """The region of each bucket; null: every bucket exists, and in the right region."""
    if body == {"buckets": None}:
        conditions.buckets = None
        return get_buckets(conditions, {})
    buckets = read(body, buckets=dict).get("buckets")
    check(buckets is not None, 'buckets is needed, such as {"recordings": "us-west-2"}, or null.')
    read(buckets, **dict.fromkeys(buckets or {}, str))
    conditions.buckets = buckets
    return get_buckets(conditions, {})


def get_buckets(conditions: Conditions, body: Any) -> dict[str, Any]:
    read(body)
    return {"buckets": conditions.buckets}


def reset(conditions: Conditions, body: Any) -> dict[str, Any]:
    read(body)
    conditions.reset()
    CLOCK.reset()
    for ivs in backends():
        ivs.reset()
    return {}


def _delays(conditions: Conditions) -> dict[str, str]:
    return {f"{name}Seconds": field for name, field in fields_of(conditions.timing).items()}
