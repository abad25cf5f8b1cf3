"""How channels stand: what IVS, the memory table and the audit log say of each, put together."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ivskit import names
from ivskit.clock import now
from ivskit.pause_state import standing
from ivskit.policy import Policy, PolicySettings
from ivskit.policy.tags import is_blocked
from ivskit_cli.audit_log import AuditLog
from ivskit_cli.channel_names import Channel
from ivskit_cli.deployed import client_of
from ivskit_cli.memory_read import Item, MemoryRead, moment
from ivskit_local.dev.remembered import unhealthy
from ivskit_local.errors import NotDone

# How far back the audit log is read for what is due.
LOOKED_BACK = timedelta(days=1)
_CHANNELS_IN_A_CALL = 50
_OF_A_STREAM = ("max duration", "starvation", "max idle")


@dataclass(frozen=True)
class Due:
    """What a function will decide next, when, and why."""

    at: datetime
    purpose: str
    reason: str
    cause: str
    stream_id: str | None = None


@dataclass(frozen=True)
class Live:
    """The stream that is live."""

    stream_id: str
    since: datetime
    viewers: int
    health: str


@dataclass(frozen=True)
class ChannelState:
    """How one channel stands; due: None where nothing is, or the audit log cannot be read.

    unhealthy: the metrics of the live stream that are, in words, and since when.
    """

    channel: Channel
    policy: Policy
    remembered: Item
    is_tagged_blocked: bool
    live: Live | None = None
    due: Due | None = None
    unhealthy: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocked_since(self) -> datetime | None:
        """When the command was issued that blocks it; None also for a block by tag alone."""
        return moment(self.remembered.get("blocked", {}).get("issued_at"))

    @property
    def is_blocked(self) -> bool:
        """Whether it gets no key."""
        return "blocked" in self.remembered or self.is_tagged_blocked

    @property
    def is_taken_down(self) -> bool:
        """Whether Take Down is what blocks it."""
        return bool(self.remembered.get("blocked", {}).get("taken_down"))

    @property
    def plays_only(self) -> str | None:
        """Where ivskit lets it play alone: countries and origins; None for everywhere."""
        content = self.remembered.get("restricted", {}).get("content") or {}
        places = [*content.get("countries", ()), *content.get("origins", ())]
        return ", ".join(places) or None

    @property
    def key_made_at(self) -> datetime | None:
        """Since when the channel has its key, as far as ivskit knows."""
        return moment(self.remembered.get("key", {}).get("made_at"))

    @property
    def words(self) -> list[str]:
        """In a word each: managed or not, observed, blocked, unhealthy, held, at work."""
        policy = self.policy
        is_observed = policy.managed and policy.mode == "observe"
        is_held = policy.held_at(now()) and policy.hold_until is not None
        said = {
            "observed": is_observed,
            "taken down" if self.is_taken_down else "blocked": self.is_blocked,
            "restricted": self.plays_only is not None,
            "unhealthy": bool(self.unhealthy),
            f"held until {policy.hold_until:%m-%d}" if is_held else "held": is_held,
            "key owed": "intent" in self.remembered,
        }
        managed = "managed" if policy.managed else "not managed"
        return [managed, *(word for word, applies in said.items() if applies)]

    def as_document(self) -> Mapping[str, Any]:
        """For programs."""
        live, due = self.live, self.due
        return {
            "channel_arn": self.channel.arn,
            "name": self.channel.name,
            "stream_id": live.stream_id if live else None,
            "live_since": live.since.isoformat() if live else None,
            "viewers": live.viewers if live else None,
            "health": live.health if live else None,
            "unhealthy": self.unhealthy,
            "managed": self.policy.managed,
            "mode": self.policy.mode,
            "blocked": self.is_blocked,
            "taken_down": self.is_taken_down,
            "plays_only": self.plays_only,
            "hold_until": _iso(self.policy.hold_until),
            "key_made_at": _iso(self.key_made_at),
            "next": {"at": due.at.isoformat(), "purpose": due.purpose, "reason": due.reason}
            if due
            else None,
        }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


class ChannelStates:
    """The channels of the account and region, as one stage sees them; only reads."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._ivs = client_of("ivs")
        self._ssm = client_of("ssm")
        self._memory = MemoryRead(stage)

    @property
    def pause(self) -> str | None:
        """A sentence about the pause of the stage, or None."""
        paused = standing(self._parameter(names.pause_parameter(self._stage)))
        return paused.sentence if paused else None

    def all(self, *, only_live: bool = False) -> list[ChannelState]:
        """Every channel, or only those that are live; by name."""
        live = {each["channelArn"]: _live(each) for each in self._streams()}
        found = list(self._described(live) if only_live else self._channels())
        states = self._put_together(found, live)
        return sorted(states, key=lambda state: (state.channel.name.casefold(), state.channel.arn))

    def of(self, channel: Channel) -> ChannelState:
        """One channel."""
        described = self._ivs.get_channel(arn=channel.arn)["channel"]
        try:
            stream = self._ivs.get_stream(channelArn=channel.arn)["stream"]
            live = {channel.arn: _live(stream)}
        except self._ivs.exceptions.ChannelNotBroadcasting:
            live = {}
        return self._put_together([described], live)[0]

    def _put_together(
        self, described: Sequence[Mapping[str, Any]], live: Mapping[str, Live]
    ) -> list[ChannelState]:
        settings = self._settings()
        known = (each["arn"] for each in described)
        remembered = self._memory.of([names.SWEEP_ITEM, *known])
        sweep = remembered.get(names.SWEEP_ITEM, {}).get("round", {})
        due = self._due()
        return [
            ChannelState(
                channel=Channel(each["arn"], each.get("name", "")),
                policy=settings.of(each.get("tags", {}), stage=self._stage),
                remembered=remembered.get(each["arn"], {}),
                is_tagged_blocked=is_blocked(each.get("tags", {})),
                live=live.get(each["arn"]),
                due=_first(due.get(each["arn"], ()), live.get(each["arn"])),
                unhealthy=_unhealthy(sweep, live.get(each["arn"])),
            )
            for each in described
        ]

    def _settings(self) -> PolicySettings:
        """Which channels the stage manages; only one stage manages those that name none."""
        claim = json.loads(self._parameter(names.MANAGED_CHANNELS, missing="{}"))
        is_ours = claim.get("stage") == self._stage
        return PolicySettings(channels=claim.get("channels", "tagged") if is_ours else "named")

    def _parameter(self, name: str, *, missing: str | None = None) -> str:
        try:
            value: str = self._ssm.get_parameter(Name=name)["Parameter"]["Value"]
        except self._ssm.exceptions.ParameterNotFound:
            if missing is None:
                raise
            return missing
        return value

    def _streams(self) -> Iterator[Mapping[str, Any]]:
        for page in self._ivs.get_paginator("list_streams").paginate():
            yield from page["streams"]

    def _channels(self) -> Iterator[Mapping[str, Any]]:
        for page in self._ivs.get_paginator("list_channels").paginate(maxResults=100):
            yield from page["channels"]

    def _described(self, arns: Iterable[str]) -> Iterator[Mapping[str, Any]]:
        wanted = list(arns)
        for first in range(0, len(wanted), _CHANNELS_IN_A_CALL):
            some = wanted[first : first + _CHANNELS_IN_A_CALL]
            yield from self._ivs.batch_get_channel(arns=some)["channels"]

    def _due(self) -> dict[str, list[Due]]:
        """What functions said they would look at again, and have not yet, on each channel."""
        moment_now = now()
        log = AuditLog(client_of("logs"), stage=self._stage, since=moment_now - LOOKED_BACK)
        found: dict[str, list[Due]] = {}
        try:
            postponed = log.called(names.WILL_LOOK_AGAIN)
        except NotDone:
            return found
        for event in postponed:
            detail = event["detail"]
            at = datetime.fromisoformat(detail["due"])
            if at > moment_now:
                due = _of(detail, at)
                found.setdefault(detail.get("channel_arn"), []).append(due)
        return found


def _of(detail: Mapping[str, Any], at: datetime) -> Due:
    return Due(at, detail["purpose"], detail["reason"], detail["cause"], detail.get("stream_id"))


def _first(due: Iterable[Due], live: Live | None) -> Due | None:
    """The earliest that still matters: a stream that is over has no limits."""
    stream_id = live.stream_id if live else None
    matters = (
        each for each in due if each.purpose not in _OF_A_STREAM or each.stream_id == stream_id
    )
    return min(matters, key=lambda each: each.at, default=None)


def _unhealthy(sweep: Mapping[str, Any], live: Live | None) -> Mapping[str, str]:
    return unhealthy(sweep, live.stream_id) if live else {}


def _live(stream: Mapping[str, Any]) -> Live:
    return Live(stream["streamId"], stream["startTime"], stream["viewerCount"], stream["health"])
