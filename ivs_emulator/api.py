"""The API of IVS: from a request's parts to an operation, and from its result to an answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Protocol

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
from .serialization import iso_8601, sent, shaped
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
        return refusal(error)


def call(caller: Caller, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Carry a call out that comes from this process: parameters and result as an SDK has them.

    Raises ApiError where IVS refuses, and ConnectionDropped or TimedOut where a fault takes the
    answer away.
    """
    return _carried_out(caller, operation, _Parameters(parameters))


def refusal(error: ApiError) -> ApiAnswer:
    """A refusal on the wire."""
    # botocore reads `message`, SDKs made from the model read `exceptionMessage`.
    body = {"message": error.message, "exceptionMessage": error.message}
    return _answer(error.status, json.dumps(body), {"x-amzn-ErrorType": error.code})


def _answer_to(caller: Caller, request: ApiRequest) -> ApiAnswer:
    operation, of_path = operation_at(request.method, request.path) or (excerpt(request.path), {})
    result = _carried_out(caller, operation, _OnTheWire(request, of_path))
    return _answer(_status_of_success(operation), json.dumps(result))


def _status_of_success(operation: str) -> int:
    return int(service_model().operation_model(operation).http.get("responseCode", 200))


class _Input(Protocol):
    """What a call gives, before it is checked, and how its caller wants times."""

    def time(self, at: datetime) -> object:
        """A time of the result."""

    def name(self, operation: str) -> str:
        """The operation as a refusal names it."""

    def body(self) -> dict[str, Any]:
        """The members that throttling looks at; raises ValidationException."""

    def given(self, shape: Any) -> dict[str, Any]:
        """All members of an operation's input; raises ValidationException."""

    def about(self) -> str | None:
        """The ARN that the log names."""


@dataclass(frozen=True)
class _Parameters:
    """The parameters of an SDK in this process."""

    parameters: Mapping[str, Any]

    def time(self, at: datetime) -> datetime:
        return at.astimezone(UTC)

    def name(self, operation: str) -> str:
        return operation

    def body(self) -> dict[str, Any]:
        return dict(self.parameters)

    def given(self, shape: Any) -> dict[str, Any]:
        return {
            name: sent(shape.members.get(name), value) for name, value in self.parameters.items()
        }

    def about(self) -> str | None:
        return arn_in(dict(self.parameters))


@dataclass(frozen=True)
class _OnTheWire:
    """A request of HTTP."""

    request: ApiRequest
    of_path: Mapping[str, str]

    def time(self, at: datetime) -> str:
        return iso_8601(at)

    def name(self, operation: str) -> str:
        return f"{self.request.method} {operation}"

    def body(self) -> dict[str, Any]:
        try:
            body = read_json(self.request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ValidationException("the body: must be a JSON object in UTF-8")
        return body

    def given(self, shape: Any) -> dict[str, Any]:
        """The whole input, members that are not in the body included."""
        elsewhere: dict[str, Callable[[str], Any]] = {
            "uri": self.of_path.get,
            "querystring": self.request.query.get,
            "header": lambda name: self.request.headers.get(name.lower()),
        }
        return self.body() | {
            name: elsewhere[location](member.serialization.get("name", name))
            for name, member in shape.members.items()
            if (location := member.serialization.get("location")) in elsewhere
        }

    def about(self) -> str | None:
        try:
            return arn_in({**self.body(), **self.of_path})
        except ValidationException:
            return None


def _carried_out(caller: Caller, operation: str, given: _Input) -> dict[str, Any]:
    if caller.region not in ivs_backends[caller.account_id]:
        raise ValidationException(f"IVS is not in {excerpt(caller.region)}")
    ivs = ivs_backends[caller.account_id][caller.region]
    fault = ivs.faults.draw(operation)
    try:
        with ivs.lock:
            return _Attempt(ivs, operation, given, fault).result()
    finally:
        if fault and fault.delay:
            time.sleep(fault.delay)  # only this caller waits


@dataclass(frozen=True)
class _Attempt:
    """One call while it is carried out."""

    ivs: IVSBackend
    operation: str
    input: _Input
    fault: Fault | None

    def result(self) -> dict[str, Any]:
        """Carry it out and note it; raises ApiError, ConnectionDropped and TimedOut."""
        now = self.ivs.now()
        try:
            result = self._shaped(self._result(now))
        except ApiError as error:
            self._note(now, error.status, error.code)
            raise
        except (ConnectionDropped, TimedOut) as lost:
            self._note(now, None, type(lost).__name__)
            raise
        self._note(now, _status_of_success(self.operation))
        return result

    def _shaped(self, result: dict[str, object]) -> dict[str, Any]:
        shape = service_model().operation_model(self.operation).output_shape
        return shaped(shape, result, self.input.time) if shape else {}

    def _result(self, now: datetime) -> dict[str, object]:
        body, fault = self.input.body(), self.fault
        self.ivs.throttle.admit(self.operation, body.get("channelArn"), now)
        if fault and not fault.after:
            fault.strike()
        arguments = self._arguments()
        lag = fault.lag if fault else 0.0
        result = perform(self.ivs, self.operation, arguments, lag=lag)
        if fault and fault.after:
            fault.strike()
        return result or {}

    def _arguments(self) -> dict[str, Any]:
        if self.operation not in OPERATIONS:
            raise NotImplementedByEmulator(
                f"{self.input.name(self.operation)} is no operation that this emulator knows"
            )
        shape = input_shape(self.operation)
        given = self.input.given(shape)
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

    def _note(self, at: datetime, status: int | None, error: str | None = None) -> None:
        self.ivs.calls.append(Call(at, self.operation, self.input.about(), status, error))


def _answer(status: int, body: str, headers: Mapping[str, str] | None = None) -> ApiAnswer:
    sent = {"Content-Type": "application/json", **(headers or {})}
    gen_amzn_requestid_long(sent)
    return ApiAnswer(status, sent, "" if status == 204 else body)
