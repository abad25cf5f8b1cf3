"""Tells a person once about tags that say nothing."""

from collections.abc import Mapping
from typing import Any

from ivskit.automation.memory import Held
from ivskit.automation.records import BadTags
from ivskit.outcomes import TagRefused
from ivskit.policy import Policy


def report(
    held: Held, policy: Policy, *, occasion: str, told: Mapping[str, Any]
) -> list[TagRefused]:
    """The outcome that says which tags are bad, unless it was told on an earlier occasion.

    On the same occasion it is told again: that is the retry after a crash, which may have
    swallowed it.
    """
    known = held.remembered.bad_tags
    seen = known.errors if known else ()
    if policy.bad_tags != seen:
        news = BadTags(occasion=occasion, errors=policy.bad_tags) if policy.bad_tags else None
        held.write(bad_tags=news)
    elif known is None or known.occasion != occasion:
        return []
    if not policy.bad_tags:
        return []
    reason = f"{len(policy.bad_tags)} bad tag(s): {policy.bad_tags[0]}"
    return [TagRefused(**{**told, "reason": reason, "errors": policy.bad_tags})]
