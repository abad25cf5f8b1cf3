"""What the outcomes of a command mean for the person who sent it, in plain sentences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ivskit import names
from ivskit.arns import resource_id

# open: nothing is known yet; done: it acted, and will be verified; the others are the end.
State = Literal["open", "done", "verified", "refused", "not done"]
_DOWN = {"the channel stayed down", "the channel is blocked, and down"}
_ACCEPTED = (names.REVOCATION_PLANNED, names.METADATA_QUEUED)
_AFTERWARDS = {
    "rotate": "its encoder needs the new key",
    "kick": "its encoder may reconnect",
    "lockout": "every stream that starts within 15 minutes is cut too",
    "block": "the channel gets no key until it is unblocked",
}


@dataclass(frozen=True)
class Plot:
    """The outcomes that answer a command; is_verified: whether its act is looked at again."""

    acts: tuple[str, ...]
    refusals: tuple[str, ...] = ()
    is_verified: bool = False


_OF_A_STOP = Plot((names.STREAM_STOPPED, names.CHANNEL_BLOCKED), (names.STOP_SKIPPED,), True)
_OF_A_RESTRICTION = Plot(
    (
        names.PLAYBACK_RESTRICTED,
        names.PLAYBACK_RESTRICTION_LIFTED,
        names.PLAYBACK_RESTRICTION_POSTPONED,
    ),
    (names.PLAYBACK_RESTRICTION_SKIPPED,),
)
PLOTS: Mapping[str, Plot] = {
    names.STOP_STREAM: _OF_A_STOP,
    names.BLOCK_CHANNEL: _OF_A_STOP,
    names.UNBLOCK_CHANNEL: Plot((names.CHANNEL_UNBLOCKED,), (names.STOP_SKIPPED,)),
    names.ROTATE_STREAM_KEY: Plot(
        (names.STREAM_KEY_ROTATED,), (names.ROTATION_SKIPPED, names.STREAM_KEY_NOT_DELIVERED)
    ),
    names.ROTATE_PLAYBACK_KEY: Plot(
        (names.PLAYBACK_KEY_ROTATED,), (names.PLAYBACK_ROTATION_SKIPPED,)
    ),
    names.RESTRICT_PLAYBACK: _OF_A_RESTRICTION,
    names.LIFT_RESTRICTION: _OF_A_RESTRICTION,
    names.TAKE_DOWN: Plot((names.CHANNEL_TAKEN_DOWN,)),
    names.RESTORE: Plot((names.CHANNEL_RESTORED,)),
    names.REVOKE_VIEWERS: Plot((names.VIEWERS_REVOKED,)),
    names.CANCEL_REVOCATION: Plot((names.REVOCATION_CANCELLED,)),
    names.RESUME_REVOCATION: Plot((names.REVOCATION_RESUMED,)),
    names.PUSH_METADATA: Plot(
        (names.METADATA_PUSHED,), (names.METADATA_DROPPED, names.METADATA_EXPIRED)
    ),
}


@dataclass(frozen=True)
class Verdict:
    """One outcome as a person reads it, and what it makes of its channel."""

    sentence: str
    state: State | None
    channel_arn: str | None


@dataclass
class Story:
    """The outcomes of one command so far; channels: how a person calls each, by ARN."""

    detail_type: str
    command_id: str
    channels: Mapping[str, str]
    states: dict[str, State] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    kicked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.states = dict.fromkeys(self.channels or [""], "open")

    @property
    def is_over(self) -> bool:
        """Whether nothing is missing any more."""
        return not {"open", "done"} & set(self.states.values())

    @property
    def is_done(self) -> bool:
        """Whether it was done on all channels, verified or not."""
        return set(self.states.values()) <= {"done", "verified"}

    @property
    def verdict(self) -> State:
        """The worst of all channels."""
        order: Sequence[State] = ("refused", "not done", "open", "done", "verified")
        return min(self.states.values(), key=order.index)

    def read(self, events: Sequence[Mapping[str, Any]]) -> Iterator[Verdict]:
        """What is new in the audit log, in order of time."""
        # Within a second the order is not known, but acceptance comes first.
        for event in sorted(events, key=lambda event: event["detail-type"] not in _ACCEPTED):
            if event["source"] != names.OUTCOME or event["id"] in self.seen:
                continue
            self.seen.add(event["id"])
            verdict = self._verdict(event["detail-type"], event["detail"])
            if verdict is not None:
                self._note(verdict)
                yield verdict

    def _note(self, verdict: Verdict) -> None:
        for channel in self._about(verdict.channel_arn):
            if verdict.state is not None and self.states[channel] in ("open", "done"):
                self.states[channel] = verdict.state

    def _about(self, arn: str | None) -> Sequence[str]:
        """Which of its channels an outcome is about: all where it names none."""
        if arn is None or not self.channels:
            return list(self.states)
        return [arn] if arn in self.states else []

    def _verdict(self, name: str, detail: Mapping[str, Any]) -> Verdict | None:
        cause = str(detail.get("cause", ""))
        arn = detail.get("channel_arn")
        about = self.channels.get(str(arn)) or (resource_id(str(arn)) if arn else "The command")
        if cause.startswith(f"{self.command_id}, seen again after "):
            state, said = self._verified(name, detail)
        elif cause.startswith(self.command_id):
            state, said = self._answered(name, detail)
        else:
            return None
        return None if said is None else Verdict(f"{about}: {said}", state, arn)

    def _verified(self, name: str, detail: Mapping[str, Any]) -> tuple[State | None, str | None]:
        if name == names.STOP_SKIPPED and detail["reason"] in _DOWN:
            return "verified", f"verified, {detail['reason']}."
        if name == names.STREAM_BACK and detail.get("channel_arn") in self.kicked:
            return "verified", f"its encoder is back, as a kick permits, {detail['reason']}."
        if name == names.STREAM_BACK:
            return "not done", f"its encoder is back, {detail['reason']}."
        if name == names.STREAM_STOPPED:
            return None, f"cut again, {detail['reason']}."
        return None, f"{_lower(name)}, {detail['reason']}."

    def _answered(self, name: str, detail: Mapping[str, Any]) -> tuple[State | None, str | None]:
        plot = PLOTS[self.detail_type]
        if name == names.COMMAND_REFUSED:
            return "refused", f"refused, {detail['reason']}."
        if name in plot.refusals and detail["cause"] == self.command_id:
            return "not done", f"not done, {detail['reason']}."
        if name not in plot.acts:
            say = _ON_THE_WAY.get(name)
            return None, say(detail) if say is not None else None
        if detail.get("then") == "kick":
            self.kicked.add(str(detail.get("channel_arn")))
        said = f"{_ACTS[name](detail)}."
        if detail.get("failed"):
            return "not done", said
        return ("done" if plot.is_verified else "verified"), said


def _stopped(detail: Mapping[str, Any]) -> str:
    return f"done, {detail['stream_id']} was stopped; {_AFTERWARDS[detail['then']]}"


def _revoked(detail: Mapping[str, Any]) -> str:
    counts = {name: detail.get(name) for name in ("failed", "rejected", "skipped")}
    others = "".join(f", {count} {name}" for name, count in counts.items() if count)
    report = f"; the report is {detail['report']}" if detail.get("report") else ""
    return f"done, {detail['revoked']} viewer session(s) revoked{others}{report}"


def _re_paired(detail: Mapping[str, Any]) -> str:
    said = "done, the store holds the new pair"
    if detail.get("emergency"):
        return f"{said}; every token of the former pairs is void"
    due = detail.get("delete_at")
    return f"{said}; the former is deleted at {due}" if due else said


def _restricted(detail: Mapping[str, Any]) -> str:
    where = [" ".join(detail[name]) for name in ("countries", "origins") if detail.get(name)]
    said = f"done, it plays only in or on {' and '.join(where)}"
    return f"{said}, as its tags ask" if detail.get("by") == "tag" else said


def _lifted(detail: Mapping[str, Any]) -> str:
    policy = detail.get("policy_arn")
    if policy:
        return f"done, it has the policy {resource_id(policy)} again"
    return "done, it plays everywhere"


def _reported(detail: Mapping[str, Any]) -> str:
    """Each part of a take-down, or of its end, that was to be done."""
    steps = [step for step in detail["steps"] if step["state"] != "left out"]
    parts = "; ".join(f"{each['step']} {each['state']} ({each['why']})" for each in steps)
    return f"{'not all done' if detail['failed'] else 'done'}, {parts}"


_ACTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    names.STREAM_STOPPED: _stopped,
    names.CHANNEL_BLOCKED: lambda _: f"done, blocked; {_AFTERWARDS['block']}",
    names.CHANNEL_UNBLOCKED: lambda _: "done, unblocked; it gets a new key at once",
    names.STREAM_KEY_ROTATED: lambda _: "done, it has a new key, and the store holds it",
    names.PLAYBACK_KEY_ROTATED: _re_paired,
    names.PLAYBACK_RESTRICTED: _restricted,
    names.PLAYBACK_RESTRICTION_LIFTED: _lifted,
    names.PLAYBACK_RESTRICTION_POSTPONED: lambda _: "accepted, it is live: from its next start",
    names.CHANNEL_TAKEN_DOWN: _reported,
    names.CHANNEL_RESTORED: _reported,
    names.VIEWERS_REVOKED: _revoked,
    names.REVOCATION_CANCELLED: lambda said: f"done, {said['job']} revokes nobody else",
    names.REVOCATION_RESUMED: lambda said: f"done, {said['job']} goes on",
    names.METADATA_PUSHED: lambda _: "done, the viewers get it",
}


def _planned(detail: Mapping[str, Any]) -> str:
    seconds = round(detail["eta_seconds"])
    return f"accepted, {detail['pairs']} viewer session(s), in about {seconds} s."


# What neither ends nor answers the command, where a person wants to know it.
_ON_THE_WAY: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    names.REVOCATION_PLANNED: _planned,
    names.METADATA_QUEUED: lambda said: f"accepted, for {said['channels']} channel(s).",
    names.STREAM_STOPPED: lambda said: f"{said['stream_id']} was cut.",
    names.CHANNEL_BLOCKED: lambda _: f"blocked; {_AFTERWARDS['block']}.",
    names.CHANNEL_UNBLOCKED: lambda _: "unblocked; it gets a new key at once.",
    names.STREAM_KEY_ROTATED: lambda _: "it has a new key, and the store holds it.",
    names.STREAM_KEY_NOT_DELIVERED: lambda said: (
        f"the store does not hold its key yet, {said['reason']}; ivskit retries."
    ),
    names.WILL_LOOK_AGAIN: lambda said: f"postponed to {said['due']}, {said['reason']}.",
}


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:].lower()
