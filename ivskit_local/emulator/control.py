"""What the cloud has no API for: encoders, time, faults and a look inside, under `/_ivs/`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from typing import Any, get_args

from .channels import Channel
from .clock import CLOCK
from .events import timestamp
from .faults import Fault, Faults, Kind
from .ingest import Video
from .models import IVSBackend, ivs_backends
from .takeovers import EncoderRefused

PREFIX = "/_ivs/"
RECONNECT_SECONDS = 5.0
TIME_OUT_SECONDS = 60.0
NUMBER = (int, float)

Fields = dict[str, Any]


class BadInput(Exception):
    """What was asked makes no sense; the text is a sentence for whoever asked."""


class Control:
    """Carries the routes out, on the backends of every account and region."""

    def __init__(self) -> None:
        self.faults = IVSBackend.shared_faults = Faults("server")

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """A status and a JSON object; 400 with a sentence on bad input."""
        try:
            return 200, self._route(method, path.removeprefix(PREFIX), body)
        except LookupError as unknown:
            return 404, {"message": str(unknown.args[0])}
        except BadInput as bad:
            return 400, {"message": str(bad)}
        except EncoderRefused as refused:
            return 409, {"message": str(refused)}

    def _route(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        for (wanted, pattern), act in ROUTES.items():
            match = re.fullmatch(pattern, path)
            if match and method == wanted:
                return act(self, _json(body), **match.groupdict())
        known = ", ".join(f"{verb} {PREFIX}{re.sub('[(].*[)]', '…', p)}" for verb, p in ROUTES)
        raise LookupError(f"There is no {method} {PREFIX}{path}; there are {known}.")

    def connect(self, body: Any) -> dict[str, Any]:
        given = _read(
            body,
            streamKey=str,
            channelArn=str,
            reconnect=bool,
            reconnectAfterSeconds=NUMBER,
            priority=int,
            video=dict,
        )
        ivs, key = self._key(given)
        after = given.get("reconnectAfterSeconds", RECONNECT_SECONDS)
        session = ivs.connect(
            key,
            after if given.get("reconnect") else None,
            priority=given.get("priority"),
            video=_video(given.get("video", {})),
        )
        return {"channelArn": session.channel.arn, "streamId": session.stream_id}

    def disconnect(self, body: Any, channel_id: str) -> dict[str, Any]:
        _read(body)
        ivs, channel = _channel(channel_id)
        ivs.disconnect(channel.arn)
        return {"channelArn": channel.arn}

    def act(self, body: Any, channel_id: str, what: str) -> dict[str, Any]:
        _read(body)
        ivs, channel = _channel(channel_id)
        {"starve": ivs.starve, "recover": ivs.recover, "fail": ivs.fail}[what](channel.arn)
        return {"channelArn": channel.arn}

    def send(self, body: Any, channel_id: str) -> dict[str, Any]:
        ivs, channel = _channel(channel_id)
        ivs.send(channel.arn, _video(_object(body)))
        return {"channelArn": channel.arn}

    def watch(self, body: Any, channel_id: str) -> dict[str, Any]:
        viewers = _read(body, viewers=int).get("viewers")
        if viewers is None or viewers < -1:
            raise BadInput("viewers must be a count, or -1.")
        ivs, channel = _channel(channel_id)
        ivs.watch(channel.arn, viewers)
        return {"channelArn": channel.arn}

    def advance(self, body: Any) -> dict[str, Any]:
        seconds = _read(body, advanceSeconds=NUMBER).get("advanceSeconds")
        if seconds is None or seconds < 0:
            raise BadInput("advanceSeconds must be a number of seconds, 0 or more.")
        CLOCK.advance(seconds)
        run_due()
        return {"now": timestamp(CLOCK.now())}

    def play(self, body: Any) -> dict[str, Any]:
        given = _read(body, token=str, channelArn=str, origin=str, country=str)
        token, arn = given.pop("token", None), given.pop("channelArn", None)
        if token is None and arn is None:
            raise BadInput("token or channelArn is needed.")
        verdicts = [ivs.play(token, channel_arn=arn, **given) for ivs in backends()]
        known = [v for v in verdicts if v.allowed or v.reason != "there is no such channel"]
        return asdict(known[0]) if known else {"allowed": False, "reason": "no such channel"}

    def set_faults(self, body: Any) -> dict[str, Any]:
        given = _read(body, faults=list, seed=int)
        if "faults" not in given:
            raise BadInput('faults is needed: a list such as [{"kind": "throttle"}].')
        self.faults.set([_fault(fault) for fault in given["faults"]], seed=given.get("seed"))
        return self.get_faults({})

    def get_faults(self, _: Any) -> dict[str, Any]:
        return {"faults": [asdict(fault) for fault in self.faults]}

    def events(self, _: Any) -> dict[str, Any]:
        events = (event for ivs in backends() for event in list(ivs.events))
        return {"events": sorted(events, key=lambda event: str(event["time"]))}

    def calls(self, _: Any) -> dict[str, Any]:
        calls = sorted((call for ivs in backends() for call in list(ivs.calls)), key=lambda c: c.at)
        return {"calls": [{**asdict(call), "at": call.at.isoformat()} for call in calls]}

    def reset(self, body: Any) -> dict[str, Any]:
        _read(body)
        for ivs in backends():
            ivs.reset()
        self.faults.set([])
        CLOCK.reset()
        return {}

    def _key(self, given: Fields) -> tuple[IVSBackend, str]:
        if ("streamKey" in given) == ("channelArn" in given):
            raise BadInput("One of streamKey and channelArn is needed.")
        if "channelArn" in given:
            ivs, channel = _channel(given["channelArn"])
            keys = ivs.keys_of(channel.arn)
            if not keys:
                raise EncoderRefused(f"{channel.arn} has no stream key")
            return ivs, keys[0].value
        value = given["streamKey"]
        for ivs in backends():
            if any(key.value == value for key in ivs.stream_keys.values()):
                return ivs, value
        raise EncoderRefused("no channel has this stream key")


ID = "(?P<channel_id>[A-Za-z0-9-]+)"
ROUTES: dict[tuple[str, str], Callable[..., dict[str, Any]]] = {
    ("POST", "encoders"): Control.connect,
    ("DELETE", f"encoders/{ID}"): Control.disconnect,
    ("POST", f"encoders/{ID}/(?P<what>starve|recover|fail)"): Control.act,
    ("PUT", f"encoders/{ID}/video"): Control.send,
    ("PUT", f"encoders/{ID}/viewers"): Control.watch,
    ("POST", "clock"): Control.advance,
    ("POST", "playback"): Control.play,
    ("PUT", "faults"): Control.set_faults,
    ("GET", "faults"): Control.get_faults,
    ("GET", "events"): Control.events,
    ("GET", "calls"): Control.calls,
    ("POST", "reset"): Control.reset,
}


def backends() -> Iterator[IVSBackend]:
    """What there is, of every account and region that somebody has asked for."""
    for regions in list(ivs_backends.values()):
        yield from list(regions.values())


def run_due() -> None:
    """Let happen what is due by now, everywhere."""
    for ivs in backends():
        ivs.agenda.run_due(ivs.now())


def _channel(named: str) -> tuple[IVSBackend, Channel]:
    """The channel with this ARN or id."""
    for ivs in backends():
        for arn, channel in list(ivs.channels.items()):
            if named in (arn, arn.rpartition("/")[2]):
                return ivs, channel
    raise BadInput(f'There is no channel "{named}".')


def _video(given: Any) -> Video:
    kinds: dict[str, Any] = {
        field.name: str if field.name == "codec" else int for field in fields(Video)
    }
    return Video(**_read(given, **kinds))


def _fault(given: Any) -> Fault:
    read = _read(
        given,
        kind=str,
        operation=str,
        probability=NUMBER,
        count=int,
        after=bool,
        seconds=NUMBER,
    )
    kinds = get_args(Kind)
    if read.get("kind") not in kinds:
        raise BadInput(f"kind must be one of {', '.join(kinds)}.")
    if read["kind"] == "timeout":
        read.setdefault("seconds", TIME_OUT_SECONDS)
    return Fault(**read)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        raise BadInput("The body must be JSON.") from None


def _object(body: Any) -> Fields:
    if not isinstance(body, dict):
        raise BadInput("The body must be a JSON object.")
    return body


def _read(body: Any, **kinds: type | tuple[type, ...]) -> Fields:
    """The body's fields, if it has no others and they are of these types."""
    for name, value in _object(body).items():
        if name not in kinds:
            known = f"known are {', '.join(kinds)}" if kinds else "none is"
            raise BadInput(f"{name} is not known here; {known}.")
        kind = kinds[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadInput(f"{name} must be {NAMES[kind]}.")
    return dict(body)


NAMES: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    NUMBER: "a number",
    list: "a list",
    dict: "an object",
}
