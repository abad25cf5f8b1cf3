"""What is noted of a key before it is deleted, by a rotation or by a stop."""

from collections.abc import Mapping

from ivskit.automation.records import Intent
from ivskit.client.stream_keys import StreamKeySummary

_MOST_TAGS = 50


def replacing(old: StreamKeySummary, intent: Intent) -> Intent:
    """The intent to replace this key: the next one gets its tags."""
    return intent.model_copy(update={"old_key_arn": old.arn, "tags": _own_tags(old.tags)})


def _own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that a new key may carry: only AWS can set system tags."""
    own = {name: value for name, value in tags.items() if not name.startswith("aws:")}
    return dict(list(own.items())[:_MOST_TAGS])
