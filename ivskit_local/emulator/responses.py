"""The wire: from an HTTP request to an operation's arguments, and from its result back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model

from .calls import Call, arn_in
from .errors import ApiError, NotImplementedByEmulator, ValidationException
from .faults import ConnectionDropped, Fault, TimedOut
from .models import IVSBackend, ivs_backends
from .operations import perform
from .validation import complaints, typed


class IVSResponse(BaseResponse):
    """One call; botocore's model says which operation it is and what its members mean."""

    def __init__(self) -> None:
        super().__init__(service_name="ivs")

    @property
    def ivs_backend(self) -> IVSBackend:
        return ivs_backends[self.current_account][self.region]

    def call_action(self) -> TYPE_RESPONSE:
        if self.region not in ivs_backends[self.current_account]:
            return self._refused(ValidationException(f"IVS is not in {self.region}"))
        ivs, operation = self.ivs_backend, self._get_action() or self.path
        fault = ivs.faults.draw(operation)
        try:
            with ivs.lock:
                status, headers, body = self._answer(ivs, operation, fault)
        finally:
            if fault and fault.delay:
                time.sleep(fault.delay)  # the caller waits, and nobody else
        headers, body = self._enrich_response(headers, body)
        return status, headers, body

    def _answer(self, ivs: IVSBackend, operation: str, fault: Fault | None) -> TYPE_RESPONSE:
        now, about = ivs.now(), self._about()
        try:
            answer = self.serialized(ActionResult(self._result(ivs, operation, fault)))
        except ApiError as error:
            ivs.calls.append(Call(now, operation, about, error.status, error.code))
            return self._refused(error)
        except (ConnectionDropped, TimedOut) as lost:
            ivs.calls.append(Call(now, operation, about, None, type(lost).__name__))
            raise
        ivs.calls.append(Call(now, operation, about, answer[0]))
        return answer

    def _result(self, ivs: IVSBackend, operation: str, fault: Fault | None) -> dict[str, object]:
        body = self._body()
        ivs.throttle.admit(operation, body.get("channelArn"), ivs.now())
        if fault and not fault.after:
            fault.strike()
        arguments = self._arguments(operation, body)
        result = perform(ivs, operation, arguments, lag=fault.lag if fault else 0.0)
        if fault and fault.after:
            fault.strike()
        return result or {}

    def _arguments(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        model = get_service_model("ivs")
        if operation not in model.operation_names:
            raise NotImplementedByEmulator(f"{operation} is no operation that this emulator knows")
        shape: Any = model.operation_model(operation).input_shape
        query = self.normalized_request.args
        sources: dict[str | None, Callable[[str], Any]]
        sources = {None: body.get, "uri": self.uri_match.get, "querystring": query.getlist}
        given = {
            name: sources[member.serialization.get("location")](name)
            for name, member in shape.members.items()
        }
        wrong = list(complaints(shape, given))
        if wrong:
            raise ValidationException("; ".join(wrong))
        arguments: dict[str, Any] = typed(shape, given)
        return arguments

    def _about(self) -> str | None:
        try:
            return arn_in({**self._body(), **self.uri_match})
        except ValidationException:
            return None

    def _body(self) -> dict[str, Any]:
        try:
            body = json.loads(self.raw_body or "{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ValidationException("the body: must be a JSON object")
        return body

    def _refused(self, error: ApiError) -> TYPE_RESPONSE:
        text = error.message
        headers = {
            **self.response_headers,
            "x-amzn-ErrorType": error.code,
            "Content-Type": "application/json",
        }
        # botocore reads `message`, SDKs made from the model read `exceptionMessage`.
        return error.status, headers, json.dumps({"message": text, "exceptionMessage": text})
