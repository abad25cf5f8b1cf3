"""The questions, facts and decisions of stop_stream: the types of `decide`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from ivskit.automation.messages.look_again import Purpose
from ivskit.automation.questions import ChannelQuestion
from ivskit.automation.records import Remembered
from ivskit.outcomes import Ending, Outcome
from ivskit.policy import Policy
from ivskit.policy.health import HealthMetric
from stop_stream.presence import Live, Past

# The kind of message, or the purpose of looking again.
Occasion = Literal["stream start", "starvation start", "stop", "block", "unblock", "shed"] | Purpose
# What a stop command asks for; auto: as the policy says.
Asked = Literal["auto", "rotate", "kick", "block"]
# From the mildest to the strictest.
STRICTNESS: Sequence[Ending] = get_args(Ending)


@dataclass(frozen=True, kw_only=True)
class Question(ChannelQuestion):
    """What asks for a decision.

    since: when the stream, its starvation or its time without viewers began, the command was
    issued, or the stream was stopped whose stop is verified.
    """

    by: Occasion
    then: Asked = "auto"
    # What makes the stream unhealthy, and when a sweep saw that.
    metric: HealthMetric | None = None
    asked_at: datetime | None = None
    # A late command is not acted on; what it began is finished, and its answer repeated.
    is_late: bool = False

    @property
    def is_command(self) -> bool:
        """Whether a person asks, who wants one answer."""
        return self.by in ("stop", "block", "unblock")

    @property
    def is_start(self) -> bool:
        """Whether a stream, or its starving, just began."""
        return self.by in ("stream start", "starvation start")

    @property
    def is_urgent(self) -> bool:
        """Whether a person wants a stream to end now."""
        return self.by in ("stop", "block") and not self.is_late


@dataclass(frozen=True)
class Facts:
    """What is known of the channel now.

    past: ended sessions, newest first, where a command may mean one; has_key: whether the channel
    has a key, read only where it must have none.
    """

    policy: Policy
    remembered: Remembered
    now: datetime
    live: Live | None = None
    past: tuple[Past, ...] = ()
    has_key: bool = False


@dataclass(frozen=True)
class Stop:
    """Stop this session, or block a channel that has none."""

    stream_id: str | None
    then: Ending
    reason: str
    # Whether an earlier stop or block was to keep this session out.
    again: bool = False


@dataclass(frozen=True)
class Unblock:
    """Give the channel a key again."""


@dataclass(frozen=True)
class Skip:
    """Leave the stream alone."""

    reason: str


@dataclass(frozen=True)
class Refuse:
    """Refuse the command; is_answer: whether a repeat of its cause gets the same answer."""

    reason: str
    is_answer: bool = True


@dataclass(frozen=True)
class Back:
    """A stopped stream is live again, which is allowed."""

    reason: str


@dataclass(frozen=True)
class Repeat:
    """Repeat the answer that this cause got before, and do nothing."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Wait:
    """Decide again when this is due."""

    due: datetime
    purpose: Purpose
    reason: str


Decision = Stop | Unblock | Skip | Refuse | Back | Repeat | Wait
