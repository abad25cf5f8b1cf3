"""One fact: something that happened in a world, for people to look at."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ivskit.redaction import redact
from ivskit_local.runtime.calls import Call
from ivskit_local.runtime.deliveries import Event

Kind = Literal[
    "step", "session", "event", "command", "decision", "outcome", "mail", "dead letter", "check"
]
Mark = Literal["well", "refused", "failed"]

# What comes first within one moment: what causes before what is caused.
_RANKS: Mapping[str, int] = {
    "step": 0,
    "session": 1,
    "event": 2,
    "command": 2,
    "decision": 3,
    "outcome": 4,
    "mail": 5,
    "dead letter": 6,
    "check": 7,
}
# A playback token: three parts of base64url, the first of which is a JSON object.
_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]+")
_CHANNEL = re.compile(r"arn:aws[a-z-]*:ivs:[^:]*:[^:]*:channel/[\w-]+")


@dataclass(eq=False)
class Fact:
    """What happened; `number` is given when all facts up to its moment are known."""

    at: datetime
    kind: Kind
    title: str
    channels: Sequence[str] = ()
    text: str | None = None
    cause: str | None = None
    parent: "Fact | None" = None
    function: str | None = None
    mark: Mark | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    number: int = -1

    @property
    def place(self) -> tuple[datetime, int]:
        """Where it belongs among the others."""
        return self.at, _RANKS[self.kind]

    def document(self) -> dict[str, Any]:
        """As JSON, without keys and tokens."""
        only = self.channels[0] if len(self.channels) == 1 else None
        several = {"channels": list(self.channels)} if len(self.channels) > 1 else {}
        document: dict[str, Any] = without_secrets(
            {
                "n": self.number,
                "at": self.at.isoformat(),
                "kind": self.kind,
                "channel": only,
                "cause": self.cause,
                "parent": self.parent.number if self.parent else None,
                "function": self.function,
                "title": self.title,
                "text": self.text,
                "mark": self.mark,
                "more": {**self.more, **several},
            }
        )
        return document


def without_secrets(value: Any) -> Any:
    """The same JSON value without stream keys, tokens and what only viewers may see."""
    return _without_tokens(redact(value))


def _without_tokens(value: Any) -> Any:
    match value:
        case str():
            return _TOKEN.sub("(token removed)", value)
        case list():
            return [_without_tokens(inner) for inner in value]
        case dict():
            return {name: _without_tokens(inner) for name, inner in value.items()}
    return value


def channels_of(event: Event) -> Sequence[str]:
    """The ARNs of the channels that an event is about."""
    detail = event.get("detail")
    fields = detail if isinstance(detail, dict) else {}
    several = fields.get("channel_arns")
    named = [
        *(event.get("resources") or ()),
        fields.get("channel_arn"),
        *(several if isinstance(several, list) else ()),
    ]
    return list(dict.fromkeys(one for one in named if is_channel(one)))


def is_channel(value: object) -> bool:
    """Whether it is the ARN of a channel."""
    return isinstance(value, str) and _CHANNEL.fullmatch(value) is not None


def call_document(call: Call) -> dict[str, Any]:
    """A call to AWS as JSON; `ms` of the world's own time."""
    return {
        "service": call.service,
        "operation": call.operation,
        "at": call.at.isoformat(),
        "ms": call.ms,
        "error": call.error,
    }
