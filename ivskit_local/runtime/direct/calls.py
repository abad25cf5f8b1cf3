"""A direct call with what botocore does around one: it checks the parameters, and retries."""

import time
from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.exceptions import HTTPClientError
from botocore.handlers import generate_idempotent_uuid
from botocore.hooks import first_non_none_response
from botocore.model import OperationModel

from ivskit_local.runtime.calls import Request
from ivskit_local.runtime.direct import ivs, moto_services
from ivskit_local.runtime.direct.answers import Answer, Parsed
from ivskit_local.runtime.permissions import Place

# Wherever else a client points, its owner wants HTTP.
_OF_AWS = ".amazonaws.com"


class DirectCalls:
    """Calls of one account, carried out in its state in this process."""

    def __init__(self, account: str) -> None:
        self._account = account
        # Clients whose quota of retries may not be full.
        self._retried: WeakSet[BaseClient] = WeakSet()

    @staticmethod
    def takes(request: Request) -> bool:
        """Whether the call can do without HTTP."""
        direct = request.service == "ivs" or request.service in moto_services.SERVICES
        return direct and _OF_AWS in request.client.meta.endpoint_url

    def make(self, request: Request) -> Parsed:
        """The answer, or the error, that botocore would give."""
        request.validate()
        parameters = dict(request.parameters)
        generate_idempotent_uuid(parameters, request.model)
        return _Attempts(request, parameters, self._account, self._retried).response()


class _Attempts:
    """One call, made as often as the client's configuration wants."""

    def __init__(
        self,
        request: Request,
        parameters: Mapping[str, Any],
        account: str,
        retried: WeakSet[BaseClient],
    ) -> None:
        self._client = request.client
        self._operation: OperationModel = request.model
        self._parameters = parameters
        self._place = Place(account, request.client.meta.region_name)
        self._retried = retried
        self._context: dict[str, Any] = {"client_config": request.client.meta.config}

    def response(self) -> Parsed:
        attempt = 1
        answer, lost = self._try()
        # Of a success at the first try no handler of botocore wants to know.
        while lost or answer.failed or attempt > 1:
            delay = self._wait(attempt, answer, lost)
            if delay is None:
                break
            self._retried.add(self._client)
            time.sleep(delay)
            attempt += 1
            answer, lost = self._try()
        if lost is not None:
            raise lost
        answer.parsed["ResponseMetadata"]["RetryAttempts"] = attempt - 1
        # Handlers of botocore count retries here, and know an error by its older name.
        if answer.failed or self._client in self._retried:
            self._emit("after-call", http_response=_http(answer), parsed=answer.parsed)
        if answer.failed:
            code = self._context.get("error_code_override") or answer.parsed["Error"]["Code"]
            kind: Any = self._client.exceptions.from_code(code)
            raise kind(answer.parsed, self._operation.name)
        return answer.parsed

    def _try(self) -> tuple[Answer, HTTPClientError | None]:
        service = ivs if self._operation.service_model.service_name == "ivs" else moto_services
        try:
            return service.answer(self._place, self._operation, self._parameters), None
        except HTTPClientError as lost:
            return Answer(0, {}), lost

    def _wait(self, attempt: int, answer: Answer, lost: HTTPClientError | None) -> float | None:
        """How long botocore waits before it tries again; None if it gives up."""
        self._context["retries"] = {"attempt": attempt}
        responses = self._emit(
            "needs-retry",
            response=None if lost else (_http(answer), answer.parsed),
            endpoint=None,
            operation=self._operation,
            attempts=attempt,
            caught_exception=lost,
            request_dict={"context": self._context},
        )
        delay: float | bool | None = first_non_none_response(responses)
        return None if delay is None or delay is False else float(delay)

    def _emit(self, event: str, **said: Any) -> Any:
        service: Any = self._operation.service_model.service_id
        name = f"{event}.{service.hyphenize()}.{self._operation.name}"
        if event == "after-call":
            said = {**said, "model": self._operation, "context": self._context}
        return self._client.meta.events.emit(name, **said)


def _http(answer: Answer) -> AWSResponse:
    return AWSResponse("", answer.status, HTTPHeaders(), None)
