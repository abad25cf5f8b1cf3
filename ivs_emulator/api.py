"""The API of IVS: from a request's parts to an operation, and from its result to an answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from moto.utilities.aws_headers import gen_amzn_requestid_long

from .callers import Caller, caller_of
from .calls import Call, arn_in
from .errors import ApiError, NotImplementedByEmulator, ValidationException
from .excerpts import excerpt
from .faults import ConnectionDropped, Fault, TimedOut
from .json_input import read_json
from .known_inputs import unknown
from .models import IVSBackend, ivs_backends
from .operations import OPERATIONS, perform
from .serialization import wired
from .service_model import input_shape, operation_at, service_model
from .validation import complaints, typed

# An input may contain any number of mistakes; an answer lists only some.
COMPLAINTS_SHOWN = 10


@dataclass(frozen=True)
class ApiRequest:
    """What an SDK sent, as HTTP has it; names of headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class ApiAnswer:
    status: int
    headers: dict[str, str]
    body: str


def answer(request: ApiRequest, host: str) -> ApiAnswer:
    """Carry a call out, in the account and region that it is for.

    Raises ConnectionDropped or TimedOut where a fault takes the answer away.
    """
    try:
        return _answer_to(caller_of(request.headers, host), request)
    except ApiError as error:
        return _refusal(error)


def _answer_to(caller: Caller, request: ApiRequest) -> ApiAnswer:
    if caller.region not in ivs_backends[caller.account_id]:
        raise ValidationException(f"IVS is not in {excerpt(caller.region)}")
    ivs = ivs_backends[caller.account_id][caller.region]
    operation, of_path = operation_at(request.method, request.path) or (excerpt(request.path), {})
    fault = ivs.faults.draw(operation)
    try:
        with ivs.lock:
            return _Attempt(ivs, operation, request, of_path, fault).answer()
    finally:
        if fault and fault.delay:
            time.sleep(fault.delay)  # only this caller waits


def _refusal(error: ApiError) -> ApiAnswer:
    # botocore reads `message`, SDKs made from the model read `exceptionMessage`.
    body = {"message": error.message, "exceptionMessage": error.message}
    return _answer(error.status, json.dumps(body), {"x-amzn-ErrorType": error.code})


@dataclass(frozen=True)
class _Attempt:
    """One call while it is carried out."""

    ivs: IVSBackend
    operation: str
    request: ApiRequest
    of_path: Mapping[str, str]
    fault: Fault | None

    def answer(self) -> ApiAnswer:
        now = self.ivs.now()
        try:
            answer = self._success(self._result(now))
        except ApiError as error:
            self._note(now, error.status, error.code)
            return _refusal(error)
        except (ConnectionDropped, TimedOut) as lost:
            self._note(now, None, type(lost).__name__)
            raise
        self._note(now, answer.status)
        return answer

    def _result(self, now: datetime) -> dict[str, object]:
        body, fault = self._body(), self.fault
        self.ivs.throttle.admit(self.operation, body.get("channelArn"), now)
        if fault and not fault.after:
            fault.strike()
        arguments = self._arguments(body)
        lag = fault.lag if fault else 0.0
        result = perform(self.ivs, self.operation, arguments, lag=lag)
        if fault and fault.after:
            fault.strike()
        return result or {}

    def _success(self, result: dict[str, object]) -> ApiAnswer:
        operation = service_model().operation_model(self.operation)
        status = int(operation.http.get("responseCode", 200))
        shape = operation.output_shape
        return _answer(status, json.dumps(wired(shape, result) if shape else {}))

    def _arguments(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.operation not in OPERATIONS:
            raise NotImplementedByEmulator(
                f"{self.request.method} {self.operation} is no operation that this emulator knows"
            )
        shape = input_shape(self.operation)
        given = self._given(shape, body)
        beyond = list(islice(unknown(self.operation, shape, given), COMPLAINTS_SHOWN))
        if beyond:
            raise NotImplementedByEmulator(
                f"{', '.join(beyond)}: not known to this emulator as input of {self.operation}"
            )
        wrong = list(islice(complaints(shape, given), COMPLAINTS_SHOWN))
        if wrong:
            raise ValidationException("; ".join(wrong))
        arguments: dict[str, Any] = typed(shape, given)
        return arguments

    def _given(self, shape: Any, body: dict[str, Any]) -> dict[str, Any]:
        """The whole input, members that are not in the body included."""
        elsewhere: dict[str, Callable[[str], Any]] = {
            "uri": self.of_path.get,
            "querystring": self.request.query.get,
            "header": lambda name: self.request.headers.get(name.lower()),
        }
        return body | {
            name: elsewhere[location](member.serialization.get("name", name))
            for name, member in shape.members.items()
            if (location := member.serialization.get("location")) in elsewhere
        }

    def _body(self) -> dict[str, Any]:
        try:
            body = read_json(self.request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ValidationException("the body: must be a JSON object in UTF-8")
        return body

    def _note(self, at: datetime, status: int | None, error: str | None = None) -> None:
        try:
            about = arn_in({**self._body(), **self.of_path})
        except ValidationException:
            about = None
        self.ivs.calls.append(Call(at, self.operation, about, status, error))


def _answer(status: int, body: str, headers: Mapping[str, str] | None = None) -> ApiAnswer:
    sent = {"Content-Type": "application/json", **(headers or {})}
    gen_amzn_requestid_long(sent)
    return ApiAnswer(status, sent, "" if status == 204 else body)
