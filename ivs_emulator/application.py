"""What the server answers: IVS's API, `/_ivs/` beside it, and what browsers ask first."""

from __future__ import annotations

import json
import traceback
from dataclasses import replace
from time import perf_counter
from typing import Any, TextIO
from urllib.parse import SplitResult, parse_qs, urlsplit

from . import event_stream
from .api import ApiRequest, answer
from .connections import Answer, BadRequest, Request
from .control import EVENTS, PREFIX, Control
from .excerpts import excerpt
from .faults import ConnectionDropped, TimedOut
from .inputs import BadInput
from .operations import READS
from .service_model import methods_at

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "x-amzn-ErrorType, x-amzn-RequestId",
}
METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
PREFLIGHT_SECONDS = "600"
INDEX = {
    "message": "This is an emulator of Amazon IVS. AWS_ENDPOINT_URL_IVS points an SDK here.",
    "health": f"{PREFIX}health",
}


class ServerApplication:
    """Answers requests, with one line in the log for each."""

    def __init__(self, control: Control, log: TextIO) -> None:
        self._control = control
        self._log_file = log
        # How many there were that may have changed something.
        self.changing_calls = 0

    def answer(self, request: Request) -> Answer | None:
        began = perf_counter()
        try:
            answered = self._routed(request)
        except (ConnectionDropped, TimedOut) as lost:
            self.changing_calls += 1
            self._log(request, f"no answer {type(lost).__name__}", began)
            return None
        except BadRequest as bad:
            answered = _said(bad.status, {"message": str(bad)})
        except Exception:  # a bug of the emulator: the caller and the log shall both know
            traceback.print_exc(file=self._log_file)
            answered = BUG
        if _may_change(request):
            self.changing_calls += 1
        self._log(
            request, f"{answered.status} {answered.headers.get('x-amzn-ErrorType', '')}", began
        )
        return replace(answered, headers={**answered.headers, **CORS})

    def refuse(self, bad: BadRequest) -> Answer:
        print(f"? -> {bad.status} {bad}", file=self._log_file, flush=True)
        refused = _said(bad.status, {"message": str(bad)})
        return replace(refused, headers={**refused.headers, **CORS, "Connection": "close"})

    def _routed(self, request: Request) -> Answer:
        url = _url(request)
        if request.method == "OPTIONS":
            return _preflight(request)
        method = "GET" if request.method == "HEAD" else request.method
        if url.path.startswith(PREFIX):
            return self._looked(method, url, request)
        if url.path == "/" and method == "GET":
            return _said(200, INDEX)
        allowed = methods_at(url.path)
        if allowed and method not in allowed:
            return _not_allowed(method, url.path, allowed)
        return _called(method, url, request)

    def _looked(self, method: str, url: SplitResult, request: Request) -> Answer:
        given = parse_qs(url.query, keep_blank_values=True)
        query = {name: values[-1] for name, values in given.items()}
        if (method, url.path) == ("GET", EVENTS) and event_stream.is_wanted(request.headers):
            try:
                return event_stream.stream(self._control.journal, request.headers, query)
            except BadInput as bad:
                raise BadRequest(str(bad)) from bad
        return _said(*self._control.answer(method, url.path, request.body, query))

    def _log(self, request: Request, said: str, began: float) -> None:
        milliseconds = (perf_counter() - began) * 1000
        asked = f"{request.method} {excerpt(request.target)}"
        line = f"{asked} -> {said.rstrip()} ({milliseconds:.1f} ms)"
        print(line, file=self._log_file, flush=True)


def _may_change(request: Request) -> bool:
    reads = request.target.lstrip("/").startswith(READS)
    return request.method not in ("GET", "HEAD", "OPTIONS") and not reads


def _url(request: Request) -> SplitResult:
    host = request.headers.get("host", "localhost")
    absolute = not request.target.startswith(("/", "*"))
    try:
        return urlsplit(request.target if absolute else f"http://{host}{request.target}")
    except ValueError as error:
        raise BadRequest(f"Host or target is no part of a URL: {error}.") from error


def _called(method: str, url: SplitResult, request: Request) -> Answer:
    query = parse_qs(url.query, keep_blank_values=True)
    asked = ApiRequest(method, url.path, query, request.headers, request.body)
    answered = answer(asked, url.netloc)
    return Answer(answered.status, answered.headers, answered.body.encode())


def _preflight(request: Request) -> Answer:
    """Browsers ask before they send; everything is allowed here."""
    headers = {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": request.headers.get("access-control-request-headers", "*"),
        "Access-Control-Max-Age": PREFLIGHT_SECONDS,
        "Allow": METHODS,
    }
    return Answer(204, headers)


def _not_allowed(method: str, path: str, allowed: list[str]) -> Answer:
    takes = ", ".join(sorted([*allowed, "OPTIONS"]))
    refused = _said(405, {"message": f"{excerpt(path)} takes {takes}, not {excerpt(method)}."})
    return replace(refused, headers={**refused.headers, "Allow": takes})


def _said(status: int, said: dict[str, Any]) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(said).encode())


BUG = Answer(
    500,
    {"Content-Type": "application/json", "x-amzn-ErrorType": "InternalServerException"},
    b'{"message": "the emulator itself has failed, see its log"}',
)
