"""What is in the dead-letter queues of a world."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.sqs.models import Message, sqs_backends

from ivskit_local.runtime.batches import event_of
from ivskit_local.runtime.permissions import Place
from ivskit_local.runtime.queues import Attempt


@dataclass(frozen=True)
class DeadLetter:
    """A message in a dead-letter queue; `function` is None if no function ever got it."""

    queue: str
    function: str | None
    event_id: str | None
    error: str


def dead_letters_in(
    names: Iterable[str], place: Place, failures: Mapping[str, Attempt]
) -> Iterator[DeadLetter]:
    """The messages in those queues; failures: the last attempt at each, by its id."""
    queues = sqs_backends[place.account][place.region].queues
    for name in sorted(names):
        if name in queues:
            for message in queues[name]._messages:
                yield _dead_letter(name, message, failures.get(message.id))


def _dead_letter(queue: str, message: Message, attempt: Attempt | None) -> DeadLetter:
    attribute = message.message_attributes.get("ERROR_MESSAGE", {})
    return DeadLetter(
        queue=queue,
        function=attempt.function if attempt else None,
        event_id=_began_with(event_of(message.body)),
        error=attempt.error if attempt else attribute.get("StringValue", "unknown"),
    )


def _began_with(event: Mapping[str, Any]) -> str | None:
    """The id of the original event: a look again names it; any other event is its own."""
    detail = event.get("detail")
    looked_at = detail.get("event_id") if isinstance(detail, dict) else None
    began: str | None = looked_at or event.get("id")
    return began
