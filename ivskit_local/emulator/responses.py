"""The wire: from an HTTP request to an operation's arguments, and from its result back."""

import json
from collections.abc import Callable
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model

from .errors import ApiError, NotImplementedByEmulator, ValidationException
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
        with self.ivs_backend.lock:
            status, headers, body = self._answer()
        headers, body = self._enrich_response(headers, body)
        return status, headers, body

    def _answer(self) -> TYPE_RESPONSE:
        try:
            return self.serialized(ActionResult(self._result()))
        except ApiError as error:
            return self._refused(error)

    def _result(self) -> dict[str, object]:
        operation = self._get_action()
        if not operation:
            raise NotImplementedByEmulator(f"{self.path} is no operation that this emulator knows")
        arguments = self._arguments(operation)
        return perform(self.ivs_backend, operation, arguments) or {}

    def _arguments(self, operation: str) -> dict[str, Any]:
        shape: Any = get_service_model("ivs").operation_model(operation).input_shape
        body = self._body()
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
