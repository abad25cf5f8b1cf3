"""What a hunt has reached: outcomes and their reasons, messages, calls, and deaths around calls."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ivskit import commands, names, outcomes
from ivskit_local.report import event_name
from ivskit_local.runtime.calls import Call
from ivskit_local.runtime.deliveries import Event
from ivskit_local.runtime.look_agains import PURPOSES
from ivskit_local.scenarios.run import Run
from ivskit_local.scenarios.words import EVENTS

# An outcome, and what its reason is but for ids, times, numbers and what people wrote.
Reason = tuple[str, str]
# A function, and an operation of a service: `ivs:StopStream`.
Made = tuple[str, str]
# The same, and whether the function died before the call or after it took effect.
Death = tuple[str, str, str]

# What stands in a reason of the code for what varies.
VARIES = "…"
_KILLED = re.compile(r"killed (before|after) (\S+)")
_VARIES = (
    (re.compile(r"arn:\S+|\bst-\w+|(?<=/channel/)\w+"), "ID"),
    (re.compile(r"'[^']*'"), "'…'"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.+]+(?:Z| UTC)?"), "TIME"),
    (re.compile(r"\b\d+(?:\.\d+)?(?:[dhms]\b)?"), "N"),
)


@dataclass(frozen=True)
class Reached:
    """How often each was reached; a sum of two is what either reached."""

    reasons: Counter[Reason] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    calls: Counter[Made] = field(default_factory=Counter)
    deaths: Counter[Death] = field(default_factory=Counter)

    def __add__(self, other: "Reached") -> "Reached":
        return Reached(
            self.reasons + other.reasons,
            self.events + other.events,
            self.messages + other.messages,
            self.calls + other.calls,
            self.deaths + other.deaths,
        )

    @property
    def outcomes(self) -> Sequence[str]:
        """The names of the outcomes that came."""
        return sorted({outcome for outcome, _ in self.reasons})

    def never_given(self, reasons: Sequence[str]) -> Sequence[str]:
        """Those of these reasons, with … for what varies, that no outcome has given."""
        given = "\n".join({kind for _, kind in self.reasons})
        return [reason for reason in reasons if not _pattern(reason).search(given)]

    @property
    def outcomes_left(self) -> Sequence[str]:
        """The outcomes that never came."""
        return sorted({*outcomes.BY_NAME}.difference(self.outcomes))

    @property
    def events_left(self) -> Sequence[str]:
        """The events of IVS and the commands that were never sent."""
        return sorted(ALL_EVENTS - self.events.keys())

    @property
    def messages_left(self) -> Sequence[str]:
        """The kinds of messages that no function got; only rules decide which events they get."""
        return sorted(ALL_MESSAGES - self.messages.keys())

    @property
    def deaths_left(self) -> Sequence[Death]:
        """The points around the calls that were made at which no function died."""
        points = {(*call, when) for call in self.calls for when in ("before", "after")}
        return sorted(points - self.deaths.keys())


ALL_EVENTS = frozenset({*EVENTS, *commands.BY_DETAIL_TYPE})
ALL_MESSAGES = frozenset(
    {
        names.SWEEP,
        *commands.BY_DETAIL_TYPE,
        *(f"{names.LOOK_AGAIN}: {one}" for each in PURPOSES.values() for one in each),
    }
)


def reached_in(run: Run) -> Reached:
    """What a run has reached."""
    sent = (event_name(delivery.event) for delivery in run.world.deliveries)
    return Reached(
        reasons=Counter(_reasons(run)),
        events=Counter(name for name in sent if name in ALL_EVENTS),
        messages=Counter(_messages(run)),
        calls=Counter((call.function, _operation(call)) for call in run.world.calls),
        deaths=Counter(_deaths(run)),
    )


def _reasons(run: Run) -> Iterator[Reason]:
    for put in run.world.published:
        if put.event["source"] == names.OUTCOME:
            yield put.event["detail-type"], kind_of(put.event["detail"]["reason"])


def _messages(run: Run) -> Iterator[str]:
    reactions = (each for delivery in run.world.deliveries for each in delivery.reactions)
    for reaction in (*reactions, *run.world.unasked):
        yield _message(reaction.event)


def _message(event: Event) -> str:
    """The kind of a message: an event, a command, or what functions send each other."""
    if event["source"] == names.LOOK_AGAIN_SOURCE:
        return f"{event['detail-type']}: {event['detail']['purpose']}"
    return event_name(event)


def kind_of(reason: str) -> str:
    """A reason without what differs from case to case."""
    for pattern, stands_for_it in _VARIES:
        reason = pattern.sub(stands_for_it, reason)
    return reason


def _pattern(reason: str) -> re.Pattern[str]:
    parts = (re.escape(kind_of(part)) for part in reason.split(VARIES))
    return re.compile("[^\n]*?".join(parts))


def _operation(call: Call) -> str:
    return f"{call.service}:{call.operation}"


def _deaths(run: Run) -> Iterator[Death]:
    """A dead function's later calls have the same error, so the error says which one it was."""
    for call in run.world.calls:
        found = _KILLED.match(call.error or "")
        if found and found[2] == _operation(call):
            yield call.function, found[2], found[1]
