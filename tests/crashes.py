"""Every point at which an invocation of a function can die."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pytest

from ivskit_local.runtime.calls import Call


def kill_points(calls: Mapping[str, int]) -> list[pytest.ParameterSet]:
    """For each case: before its first call, and after each of its calls.

    calls: how many calls the longest invocation of each case makes.
    Parameters: the case, the number of the call from 1, "before" or "after".

    To all but the dead invocation, dying before a call is the same as dying after the call before
    it: nothing has left the function in between. So N calls have N + 1 points and not 2N.
    """
    return [
        pytest.param(case, call, when, id=f"{case}, {when} call {call}")
        for case, count in calls.items()
        for call, when in [(1, "before"), *((call, "after") for call in range(1, count + 1))]
    ]


def longest_invocation(calls: Iterable[Call], function: str) -> int:
    """How many of these calls the longest invocation of a function made.

    A test compares this with the number that `kill_points` was given: too small a number would
    leave calls out, and a kill at a call that is never made does not strike.
    """
    made = Counter(call.invocation for call in calls if call.function == function)
    return max(made.values())
