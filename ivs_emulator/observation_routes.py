"""The routes that look inside: what was sent, asked and played, and whether all is well."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .clock import CLOCK
from .conditions import Conditions
from .events import timestamp
from .everywhere import backends, channel_named
from .inputs import check, number_of_event, read
from .serialization import iso_8601


def play(_: Conditions, body: Any) -> dict[str, Any]:
    given = read(body, token=str, channelArn=str, origin=str, country=str)
    token, arn = given.pop("token", None), given.pop("channelArn", None)
    check(token is not None or arn is not None, "token or channelArn is needed.")
    verdicts = [ivs.play(token, channel_arn=arn, **given) for ivs in backends()]
    known = [v for v in verdicts if v.allowed or v.reason != "there is no such channel"]
    return asdict(known[0]) if known else {"allowed": False, "reason": "no such channel"}


def events(conditions: Conditions, body: Any, since: str = "0") -> dict[str, Any]:
    """Those after number `since`, and the number of the last one."""
    read(body)
    after = number_of_event("since", since)
    found = conditions.journal.after(after) if conditions.journal else []
    sent = sorted((event for _, event in found), key=lambda event: str(event["time"]))
    last = conditions.journal.last if conditions.journal else 0
    return {"events": sent, "last": found[-1][0] if found else last}


def calls(_: Conditions, body: Any) -> dict[str, Any]:
    read(body)
    made = [call for ivs in backends() for call in list(ivs.calls)]
    made.sort(key=lambda call: call.at)
    return {"calls": [{**asdict(call), "at": call.at.isoformat()} for call in made]}


def metadata(_: Conditions, body: Any, channel_id: str | None = None) -> dict[str, Any]:
    """What viewers would have got; of one channel, or of all."""
    read(body)
    wanted = None if channel_id is None else channel_named(channel_id)[1].arn
    arrived = [item for ivs in backends() for item in list(ivs.metadata)]
    arrived.sort(key=lambda item: item.at)
    return {
        "metadata": [
            {
                "at": iso_8601(item.at),
                "channelArn": item.channel_arn,
                "streamId": item.stream_id,
                "metadata": item.text,
            }
            for item in arrived
            if wanted in (None, item.channel_arn)
        ]
    }


def failures(conditions: Conditions, body: Any) -> dict[str, Any]:
    read(body)
    found = conditions.failures.latest() if conditions.failures else []
    return {"failures": [{**asdict(failure), "at": iso_8601(failure.at)} for failure in found]}


def health(conditions: Conditions, body: Any) -> dict[str, Any]:
    """Takes no backend's lock, so that it always answers."""
    read(body)
    count = conditions.failures.count if conditions.failures else 0
    return {"status": "ok", "now": timestamp(CLOCK.now()), "failures": count}
