"""The lines of an audit log, and how a scenario names the channels and sessions in them."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from ivs_emulator.lifecycle import Timing
from ivskit import names

Event = Mapping[str, Any]
# A step of a scenario, with its moment in place of `at`.
Step = tuple[datetime, dict[str, Any]]

# How long after a function failed its answer may come; what is earlier took no second try.
SHORTEST_RETRY, LONGEST_RETRY = timedelta(seconds=10), timedelta(minutes=20)
_TO_END = Timing().to_end_after_stop
_SWEEP = "sweep of "
_CHANNEL = re.compile(r"arn:aws[a-z-]*:ivs:[a-z0-9-]+:[0-9]{12}:channel/[a-zA-Z0-9-]+")
_NAME = re.compile(r"[a-zA-Z0-9-_]{1,128}")


@dataclass(frozen=True)
class Line:
    """An event of the audit log, and when it arrived there; id: of the line."""

    at: datetime
    event: Event
    id: str = ""

    @property
    def detail(self) -> Mapping[str, Any]:
        detail: Mapping[str, Any] = self.event["detail"]
        return detail

    @property
    def source(self) -> str:
        return str(self.event["source"])

    @property
    def name(self) -> str:
        """What happened: the name of an outcome or a command, or of an event of IVS."""
        of_ivs = self.detail.get("event_name") if self.source in _CHANGES else None
        return str(of_ivs or self.event["detail-type"])

    @property
    def time(self) -> datetime:
        """When it happened, as the event says."""
        return datetime.fromisoformat(self.event["time"])

    @property
    def channel(self) -> str | None:
        """The ARN of the channel that it is about, where it is about one."""
        arn = self.detail.get("channel_arn") or next(iter(self.event["resources"]), None)
        return arn if isinstance(arn, str) and _CHANNEL.fullmatch(arn) else None

    @property
    def session(self) -> str | None:
        """The id of the session that it is about."""
        stream_id = self.detail.get("stream_id")
        return stream_id if isinstance(stream_id, str) else None

    @property
    def sweep_due(self) -> datetime | None:
        """When the sweep was due of which this is the outcome."""
        cause = str(self.detail.get("cause"))
        return datetime.fromisoformat(cause[len(_SWEEP) :]) if cause.startswith(_SWEEP) else None


_CHANGES = (names.IVS, names.RECONCILE)


class Log:
    """A part of an audit log, in order; channels: of which it is, all by default."""

    def __init__(self, lines: Iterable[Line], *, channels: Collection[str] | None = None) -> None:
        self._wanted = channels
        self.lines = sorted(
            (line for line in lines if channels is None or line.channel in {None, *channels}),
            key=lambda line: line.at,
        )

    def of(self, *sources: str) -> Sequence[Line]:
        """The lines of these sources."""
        return [line for line in self.lines if line.source in sources]

    @cached_property
    def outcomes(self) -> Sequence[Line]:
        """Every outcome, as often as it was published."""
        return self.of(names.OUTCOME)

    @cached_property
    def new_outcomes(self) -> Sequence[Line]:
        """Every outcome when it was published first."""
        first: dict[str, Line] = {}
        for line in self.outcomes:
            first.setdefault(line.detail["id"], line)
        return list(first.values())

    def new_outcomes_of(self, channel: str) -> Sequence[Line]:
        """Those of one channel."""
        return [line for line in self.new_outcomes if line.channel == channel]

    def handled(self, line: Line) -> datetime:
        """When a function handled an event: at its arrival, unless it failed at first."""
        answered = self._answered.get(str(line.event["id"]), line.at)
        return answered if SHORTEST_RETRY <= answered - line.at <= LONGEST_RETRY else line.at

    @cached_property
    def verifications(self) -> Mapping[datetime, datetime]:
        """When each sweep was done that began to verify all channels, by when it was due."""
        done: dict[datetime, datetime] = {}
        for line in self.outcomes:
            began = line.detail.get("verified_from")
            if began is not None:
                done.setdefault(datetime.fromisoformat(began), line.at)
        return done

    def last_outcome(self, channel: str, moment: datetime) -> datetime:
        """When the last outcome about the channel came before a moment, or the log begins."""
        earlier = (line.at for line in self.new_outcomes_of(channel) if line.at < moment)
        return max(earlier, default=self.lines[0].at)

    @cached_property
    def _answered(self) -> Mapping[str, datetime]:
        """When the first outcome came of each event, by the event's id."""
        first: dict[str, datetime] = {}
        for line in self.outcomes:
            first.setdefault(str(line.detail.get("event_id")), self.decided(line))
        return first

    def decided(self, line: Line) -> datetime:
        """When an outcome came about, which was before it was published if the function died."""
        return self.half_done.get(line.detail["id"], line.at)

    @cached_property
    def half_done(self) -> Mapping[str, datetime]:
        """When a function stopped a session and died, by the id of the stop.

        Only where the encoder was back before the second try published the stop.
        """
        arrived: dict[tuple[str | None, str], datetime] = {}
        for line in self.of(names.IVS):
            arrived.setdefault((line.session, line.name), line.at)
        stops: dict[str | None, Line] = {}
        for line in self.new_outcomes:
            if line.name == names.STREAM_STOPPED:
                stops.setdefault(line.session, line)
        return {
            stop.detail["id"]: arrived[session, "Session Ended"] - _TO_END
            for session, stop in stops.items()
            if self._was_back(stop, arrived.get((session, "Session Ended"), stop.at))
        }

    def _was_back(self, stop: Line, ended: datetime) -> bool:
        return any(
            line.name == names.SESSION_CREATED
            and line.channel == stop.channel
            and ended < line.at < stop.at
            for line in self.of(names.IVS)
        )

    @cached_property
    def channels(self) -> Mapping[str, str]:
        """A name for the ARN of each channel that any line names; its own name, where it is free.

        In order of their first lines.
        """
        own = {
            line.channel: str(line.detail.get("channel_name", "")) for line in self.of(names.IVS)
        }
        given: dict[str, str] = {}
        wanted = self._wanted
        for arn in dict.fromkeys(_found(self.lines)):
            if wanted is not None and arn not in wanted:
                continue
            name = own.get(arn, "")
            free = _NAME.fullmatch(name) and name not in given.values()
            given[arn] = name if free else arn.rpartition("/")[2]
        return given


def _found(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        yield from _CHANNEL.findall(json.dumps(line.event))


def before(moment: datetime) -> datetime:
    """A second earlier: steps have whole seconds, and what is seen has happened before."""
    return moment - timedelta(seconds=1)
