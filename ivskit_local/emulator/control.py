"""What the cloud has no API for: encoders, time, faults and a look inside, under `/_ivs/`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from .channels import Channel
from .clock import CLOCK
from .events import timestamp
from .faults import Faults
from .inputs import (
    NUMBER,
    BadInput,
    Fields,
    NoSuchRoute,
    check,
    fault,
    json_of,
    object_of,
    read,
    video,
)
from .models import IVSBackend, ivs_backends
from .takeovers import EncoderRefused

PREFIX = "/_ivs/"
RECONNECT_SECONDS = 5.0


class Control:
    """Carries the routes out, on the backends of every account and region."""

    def __init__(self) -> None:
        self.faults = IVSBackend.shared_faults = Faults("server")

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """A status and a JSON object; 400 with a sentence on bad input."""
        try:
            return 200, self._route(method, path.removeprefix(PREFIX), body)
        except NoSuchRoute as unknown:
            return 404, {"message": str(unknown)}
        except BadInput as bad:
            return 400, {"message": str(bad)}
        except EncoderRefused as refused:
            return 409, {"message": str(refused)}

    def _route(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        for (wanted, pattern), act in ROUTES.items():
            match = re.fullmatch(pattern, path)
            if match and method == wanted:
                return act(self, json_of(body), **match.groupdict())
        known = ", ".join(f"{verb} {PREFIX}{re.sub('[(].*[)]', '…', p)}" for verb, p in ROUTES)
        raise NoSuchRoute(f"There is no {method} {PREFIX}{path}; there are {known}.")

    def connect(self, body: Any) -> dict[str, Any]:
        given = read(
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
        check(after >= 0, "reconnectAfterSeconds must be 0 or more.")
        session = ivs.connect(
            key,
            after if given.get("reconnect") else None,
            priority=given.get("priority"),
            video=video(given.get("video", {})),
        )
        return {"channelArn": session.channel.arn, "streamId": session.stream_id}

    def disconnect(self, body: Any, channel_id: str) -> dict[str, Any]:
        read(body)
        ivs, channel = _channel(channel_id)
        ivs.disconnect(channel.arn)
        return {"channelArn": channel.arn}

    def act(self, body: Any, channel_id: str, what: str) -> dict[str, Any]:
        read(body)
        ivs, channel = _channel(channel_id)
        {"starve": ivs.starve, "recover": ivs.recover, "fail": ivs.fail}[what](channel.arn)
        return {"channelArn": channel.arn}

    def send(self, body: Any, channel_id: str) -> dict[str, Any]:
        ivs, channel = _channel(channel_id)
        ivs.send(channel.arn, video(object_of(body)))
        return {"channelArn": channel.arn}

    def watch(self, body: Any, channel_id: str) -> dict[str, Any]:
        viewers = read(body, viewers=int).get("viewers", -2)
        check(viewers >= -1, "viewers must be a count, or -1.")
        ivs, channel = _channel(channel_id)
        ivs.watch(channel.arn, viewers)
        return {"channelArn": channel.arn}

    def advance(self, body: Any) -> dict[str, Any]:
        seconds = read(body, advanceSeconds=NUMBER).get("advanceSeconds", -1)
        sentence = "advanceSeconds must be a number of seconds, 0 or more."
        check(seconds >= 0, sentence)
        CLOCK.advance(seconds)
        run_due()
        return {"now": timestamp(CLOCK.now())}

    def play(self, body: Any) -> dict[str, Any]:
        given = read(body, token=str, channelArn=str, origin=str, country=str)
        token, arn = given.pop("token", None), given.pop("channelArn", None)
        check(token is not None or arn is not None, "token or channelArn is needed.")
        verdicts = [ivs.play(token, channel_arn=arn, **given) for ivs in backends()]
        known = [v for v in verdicts if v.allowed or v.reason != "there is no such channel"]
        return asdict(known[0]) if known else {"allowed": False, "reason": "no such channel"}

    def set_faults(self, body: Any) -> dict[str, Any]:
        given = read(body, faults=list, seed=int)
        check("faults" in given, 'faults is needed: a list such as [{"kind": "throttle"}].')
        self.faults.set([fault(wanted) for wanted in given["faults"]], seed=given.get("seed"))
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
        read(body)
        for ivs in backends():
            ivs.reset()
        self.faults.set([])
        CLOCK.reset()
        return {}

    def _key(self, given: Fields) -> tuple[IVSBackend, str]:
        one = ("streamKey" in given) != ("channelArn" in given)
        check(one, "One of streamKey and channelArn is needed.")
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
