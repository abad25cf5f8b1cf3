"""A call to AWS: the caller, the request, and the record of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import ParamValidator

from ivskit_local.runtime.threads import Killed, Task


@dataclass(frozen=True)
class Call:
    """One call to AWS by an invocation, without parameters and answer, which may be secret.

    ms: how long it took, in the world's own time.
    """

    invocation: str
    function: str
    service: str
    operation: str
    resource: str
    error: str | None
    at: datetime
    ms: float = 0.0


@dataclass(eq=False)
class Caller:
    """The caller: one invocation, with its role."""

    id: str
    function: str
    session: str
    role: str
    task: Task
    calls: list[Call] = field(default_factory=list)

    def note_call(self, call: Call, request: "Request") -> None:
        """This call was made, and is over."""
        self.calls.append(call)

    def kill(self, why: str) -> Killed:
        """Kill it: every later call raises the same error."""
        death = Killed(why)
        self.task.doom = self.task.doom or death
        return death


@dataclass(frozen=True)
class Request:
    """A request to AWS, before it is checked."""

    client: BaseClient
    operation: str
    parameters: Mapping[str, Any] = field(repr=False)

    @property
    def service(self) -> str:
        return str(self.client.meta.service_model.service_name)

    @property
    def model(self) -> Any:
        """Botocore's model of the operation."""
        return self.client.meta.service_model.operation_model(self.operation)

    def validate(self) -> None:
        """Raise botocore's own error for parameters that it would not send."""
        report = ParamValidator().validate(dict(self.parameters), self.model.input_shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())

    def refused(self, code: str, message: str, *, status: int = 400) -> ClientError:
        """The error that botocore would raise if the service answered so."""
        return client_error(self.client, self.operation, code, message, status=status)


def client_error(
    client: BaseClient, operation: str, code: str, message: str, *, status: int
) -> ClientError:
    """The error that botocore would raise if the service answered so."""
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "local", "RetryAttempts": 0},
    }
    kind: Any = client.exceptions.from_code(code)
    error: ClientError = kind(answer, operation)
    return error
