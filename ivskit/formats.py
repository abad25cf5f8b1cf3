"""The formats of what ivskit keeps and sends, so that two releases can read each other's.

During a deploy, and after a roll-back, an older function reads what a newer one wrote. Each item,
message, report and pause carries the number of its format as `v`; without one it has format 1.

A new field needs no new number: older releases ignore it. A change that an older release would
misread takes two releases: one reads the new format and still writes the old, the next writes it.
docs/upgrading.md says more.
"""

from collections.abc import Mapping
from typing import Any

from ivskit.errors import Unavailable

# Items of the memory table. The index of watched channels holds no `v`: a new number needs a new
# names.WATCHED_INDEX as well.
MEMORY = 1
JOBS = 1
AUDIENCE = 1
TURNS = 1
RECORDINGS = 1
MESSAGE = 1
PAUSE = 1
REPORT = 1


class NewerRelease(Unavailable):
    """Written by a newer release, in a format that this one cannot read; a deploy may be on."""


def as_attribute(number: int) -> dict[str, Any]:
    """The number of a format as DynamoDB keeps it."""
    return {"N": str(number)}


def check_item(item: Mapping[str, Any], known: int, *, what: str) -> None:
    """Raise NewerRelease for an item of DynamoDB in a format above this number."""
    _check(int(item.get("v", as_attribute(1))["N"]), known, what)


def check_message(event: Mapping[str, Any]) -> None:
    """Raise NewerRelease for a message of a queue in a format above the one that is known."""
    number = event.get("v", 1)
    _check(number if isinstance(number, int) else 1, MESSAGE, "message")


def _check(number: int, known: int, what: str) -> None:
    if number > known:
        raise NewerRelease(
            f"written by a newer release of ivskit: {what}: v: at most {known}, not {number}"
        )
