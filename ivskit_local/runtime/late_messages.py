"""Messages of SQS that become visible later than their senders asked, where a mishap says so."""

from collections.abc import Callable
from datetime import timedelta

from moto.sqs.models import sqs_backends

from ivskit_local.runtime.batches import event_of
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.deliveries import Event
from ivskit_local.runtime.gate import Own, Proceed, Response
from ivskit_local.runtime.permissions import Place


class LateMessages:
    """SendMessage, around what carries it out."""

    def __init__(self, place: Place, send: Own, late: Callable[[Event], timedelta]) -> None:
        self._place = place
        self._send = send
        self._late = late

    def send(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """SendMessage."""
        response = self._send(request, caller, proceed)
        late = self._late(event_of(request.parameters["MessageBody"]))
        if late:
            queues = sqs_backends[self._place.account][self._place.region].queues
            queue = queues[request.parameters["QueueUrl"].rpartition("/")[2]]
            for message in queue._messages:
                if message.id == response["MessageId"]:
                    message.delayed_until += late / timedelta(milliseconds=1)
        return response
