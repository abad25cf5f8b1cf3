"""The web server of a stage: the page, what it asks, and every AWS service on one address.

It has no secrets to guard, but a page of somebody else in the same browser must not drive it: it
answers only to names of this machine, and to no page of another origin.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ivskit_local.dev.link import Bug, Link
from ivskit_local.errors import WrongUsage

PAGE = Path(__file__).with_name("page")
HOSTS = {"localhost", "127.0.0.1", "::1"}
# SQS takes 1 MiB, S3 far more: manifests are a few.
_LARGEST_BODY = 16 * 1024 * 1024
_LARGEST_INPUT = 1024 * 1024
# How often a page gets what is new, and how often an empty queue is looked at again.
_TICK, _POLL = 0.25, 0.1
# The page needs nothing from elsewhere, and no page of somebody else may have it in a frame.
_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'"
_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]

Act = Callable[[Request, Link], Awaitable[Response]]


def application(link: Link) -> ASGIApp:
    """What answers all requests."""
    routes = [
        Route("/", _with(link, _index), methods=["GET"]),
        Route("/_ivs/page/{name}", _with(link, _file), methods=["GET"]),
        Route("/_ivs/health", _with(link, _health), methods=["GET"]),
        Route("/_ivs/state", _with(link, _state), methods=["GET"]),
        Route("/_ivs/facts", _with(link, _facts), methods=["GET"]),
        Route("/_ivs/events", _with(link, _events), methods=["GET"]),
        Route("/_ivs/scenario", _with(link, _scenario), methods=["GET"]),
        Route("/_ivs/steps", _with(link, _step), methods=["POST"]),
        Route("/_ivs/channels", _with(link, _channel), methods=["POST"]),
        Route("/_ivs/time", _with(link, _time), methods=["POST"]),
        Route("/_ivs/{rest:path}", _with(link, _unknown), methods=_METHODS),
        Route("/{rest:path}", _with(link, _aws), methods=_METHODS),
    ]
    return Starlette(routes=routes, middleware=[Middleware(OwnOrigin)])


class OwnOrigin:
    """Refuses requests to another host's name, and those of pages of another origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (objection := _objection(Request(scope))) is not None:
            await _said(403, objection)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _objection(request: Request) -> str | None:
    host = request.headers.get("host", "")
    name = _name_in(f"//{host}")
    # S3's SDKs put the bucket before the name.
    if name not in HOSTS and not name.endswith(".localhost"):
        return f"this answers to localhost only, not to {host!r}"
    origin = request.headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return f"a page of {origin} may not drive this one"
    return None


def _name_in(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _said(status: int, sentence: str) -> Response:
    return JSONResponse({"message": sentence}, status_code=status)


def _with(link: Link, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await act(request, link)
        except WrongUsage as refused:
            return _said(400, str(refused))
        except Bug as bug:
            return _said(500, str(bug))

    return answer


async def _index(request: Request, link: Link) -> Response:
    # S3's list of buckets has this path too, and browsers sign nothing.
    if "authorization" in request.headers:
        return await _aws(request, link)
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _POLICY}
    return FileResponse(PAGE / "index.html", headers=headers)


async def _file(request: Request, link: Link) -> Response:
    path = PAGE / Path(request.path_params["name"]).name
    if not path.is_file():
        return _said(404, f"the page has no file {path.name}")
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


async def _health(request: Request, link: Link) -> Response:
    if not link.is_alive:
        return _said(500, "the process of the world has ended")
    state = await link.ask("state")
    return JSONResponse({"status": "ready", "now": state["now"], "clock": state["clock"]})


async def _state(request: Request, link: Link) -> Response:
    return JSONResponse(await link.ask("state"))


async def _facts(request: Request, link: Link) -> Response:
    return JSONResponse(await link.ask("facts", since=_since(request)))


async def _events(request: Request, link: Link) -> Response:
    if "text/event-stream" in request.headers.get("accept", ""):
        return StreamingResponse(
            _stream(request, link, _since(request)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
    return JSONResponse({"events": await link.ask("events")})


async def _stream(request: Request, link: Link, since: int) -> AsyncIterator[str]:
    """What is new, until the reader goes away."""
    generation, before = None, None
    while not await request.is_disconnected():
        try:
            news, state = await link.ask("facts", since=since), await link.ask("state")
        except Bug:
            return
        if generation not in (None, news["generation"]):
            since = 0
            yield "event: restarted\ndata: {}\n\n"
            generation = news["generation"]
            continue
        generation = news["generation"]
        for fact in news["facts"]:
            yield f"event: fact\nid: {fact['n']}\ndata: {json.dumps(fact)}\n\n"
        since = news["next"]
        if state != before:
            yield f"event: state\ndata: {json.dumps(state)}\n\n"
            before = state
        await asyncio.sleep(_TICK)


def _since(request: Request) -> int:
    text = request.headers.get("last-event-id") or request.query_params.get("since", "0")
    if not text.isdecimal() or len(text) > 12:
        raise WrongUsage(f"since: the number of a fact, not {text[:40]!r}")
    return int(text)


async def _scenario(request: Request, link: Link) -> Response:
    document = json.dumps(await link.ask("scenario"), indent=2)
    disposition = 'attachment; filename="recorded.json"'
    return Response(
        document + "\n",
        media_type="application/json",
        headers={"Content-Disposition": disposition},
    )


async def _step(request: Request, link: Link) -> Response:
    return JSONResponse(await link.ask("step", value=await _json(request)))


async def _channel(request: Request, link: Link) -> Response:
    return JSONResponse(await link.ask("channel", value=await _json(request)))


async def _time(request: Request, link: Link) -> Response:
    said = await link.ask("time", **await _json(request))
    while said["jumping_to"] is not None and not await request.is_disconnected():
        await asyncio.sleep(_POLL / 5)
        state = await link.ask("state")
        said = {"now": state["now"], **state["clock"]}
    return JSONResponse(said)


async def _json(request: Request) -> dict[str, Any]:
    body = await _body(request, at_most=_LARGEST_INPUT)
    try:
        value = json.loads(body)
    except ValueError as error:
        raise WrongUsage(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise WrongUsage(f"the body must be a JSON object, not {type(value).__name__}")
    return value


async def _body(request: Request, *, at_most: int) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > at_most:
            raise WrongUsage(f"the body has more than {at_most} bytes")
    return body


async def _unknown(request: Request, link: Link) -> Response:
    return _said(404, f"there is no {request.method} {request.url.path[:100]}")


class _Lost(Response):
    """Begins to answer, and breaks off: a fault takes the answer away."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _aws(request: Request, link: Link) -> Response:
    body = await _body(request, at_most=_LARGEST_BODY)
    asked = {
        "method": request.method,
        "target": request.scope["raw_path"].decode("latin-1")
        + (f"?{request.url.query}" if request.url.query else ""),
        "headers": dict(request.headers),
        "body": body,
    }
    until: float | None = None
    while True:
        answer = await link.ask("http", **asked, at=datetime.now(UTC))
        if answer.lost:
            return _Lost()
        until = monotonic() + answer.waits if until is None else until
        # A long poll of an empty queue.
        if not answer.waits or monotonic() >= until or await request.is_disconnected():
            return Response(answer.body, status_code=answer.status, headers=answer.headers)
        await asyncio.sleep(_POLL)
