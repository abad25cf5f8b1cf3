"""Reports the invalid tags of a channel, once."""

from collections.abc import Mapping
from typing import Any

from ivskit.automation.memory import Held
from ivskit.automation.records import BadTags
from ivskit.outcomes import TagRefused
from ivskit.policy import Policy


def report(
    held: Held, policy: Policy, *, occasion: str, fields: Mapping[str, Any]
) -> list[TagRefused]:
    """The outcome that names the invalid tags, unless an earlier occasion published it.

    The same occasion publishes it again: it is a retry, and a crash may have lost the outcome.
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
    reason = f"{len(policy.bad_tags)} invalid tag(s): {policy.bad_tags[0]}"
    return [TagRefused(**{**fields, "reason": reason, "errors": policy.bad_tags})]
