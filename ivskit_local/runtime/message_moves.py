"""SQS's StartMessageMoveTask and ListMessageMoveTasks, which moto does not have.

A move is over as soon as it has begun. Only a queue's own dead letters move, back into it.
"""

from collections.abc import Callable

from botocore.exceptions import ClientError

from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response
from ivskit_local.runtime.queues import Queues


class MessageMoves:
    """The tasks of one world, newest first."""

    def __init__(self, queues: Queues, milliseconds: Callable[[], float]) -> None:
        self._queues = queues
        self._milliseconds = milliseconds
        self._tasks: list[dict[str, object]] = []

    def start(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """Move all messages of a dead-letter queue back to where they came from."""
        source = request.parameters["SourceArn"]
        name = source.rpartition(":")[2]
        moved = self._queues.redrive_from(name)
        if moved is None:
            said = f"{name} is not the dead-letter queue of any queue"
            error = {"Error": {"Code": "InvalidParameterValue", "Message": said}}
            raise ClientError(error, request.operation)  # type: ignore[arg-type]
        handle = f"move-{len(self._tasks) + 1}"
        task = {
            "TaskHandle": handle,
            "Status": "COMPLETED",
            "SourceArn": source,
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": moved,
            "StartedTimestamp": int(self._milliseconds()),
        }
        self._tasks.insert(0, task)
        return {"TaskHandle": handle}

    def tasks(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """The newest tasks of a dead-letter queue."""
        source = request.parameters["SourceArn"]
        found = [task for task in self._tasks if task["SourceArn"] == source]
        return {"Results": found[: request.parameters.get("MaxResults", 1)]}
