"""Mishaps: lost, late or repeated events, functions that die, AWS calls that fail."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ivskit_local.errors import WrongUsage
from ivskit_local.scenarios.run import Handling, LateMessage, Run
from ivskit_local.scenarios.steps import OnChannel, Step
from ivskit_local.scenarios.words import (
    AnySpan,
    ChannelName,
    EventName,
    Purpose,
    SessionNumber,
    Span,
    Text,
    format_span,
)

Times = Annotated[int, Field(ge=1, strict=True)]


class _OnTheWay(OnChannel):
    """From this moment on, the channel's next events of this name get lost, late or repeated."""

    event_name: EventName
    times: Times = 1

    @property
    def sentence(self) -> str:
        count = "" if self.times == 1 else f", {self.times} times"
        return f"the next {self.event_name} of {self.channel} {self.fate}{count}"

    @property
    @abstractmethod
    def fate(self) -> str:
        """What happens to the event."""

    @property
    @abstractmethod
    def arrivals(self) -> Sequence[timedelta]:
        """The delay of each copy that arrives."""

    def carry_out(self, run: Run) -> None:
        handling = Handling(
            run.arns[self.channel], self.event_name, times=self.times, arrivals=self.arrivals
        )
        run.handlings.append(handling)
        if not self.may_fail:
            run.promises.append((self.sentence, lambda: handling.left == 0))


class Lose(_OnTheWay):
    """The event never arrives."""

    do: Literal["lose"]

    @property
    def fate(self) -> str:
        return "gets lost"

    @property
    def arrivals(self) -> Sequence[timedelta]:
        return ()


class Delay(_OnTheWay):
    """The event arrives late."""

    do: Literal["delay"]
    by: Span

    @property
    def fate(self) -> str:
        return f"arrives {format_span(self.by)} late"

    @property
    def arrivals(self) -> Sequence[timedelta]:
        return (self.by,)


class Repeat(_OnTheWay):
    """The event arrives, and again under a new id."""

    do: Literal["repeat"]
    after: Span

    @property
    def fate(self) -> str:
        return f"arrives again {format_span(self.after)} later"

    @property
    def arrivals(self) -> Sequence[timedelta]:
        return (timedelta(), self.after)


class ComeLate(Step):
    """The next sweep, or the next look again at a channel, comes late.

    channel, purpose and session: of the look again; without them, the sweep. A look again that is
    due within 15 minutes waits in a queue, and counts from its sending; any other is sent by a
    schedule, as sweeps are, and counts from when it is due. A schedule may be a minute late.
    """

    do: Literal["come late"]
    channel: ChannelName | None = None
    purpose: Purpose | None = None
    session: SessionNumber | None = None
    by: Span

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.channel is None) != (self.purpose is None):
            raise ValueError("channel and purpose go together: a look again has both, a sweep none")
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        return (self.channel,) if self.channel else ()

    @property
    def sentence(self) -> str:
        what = f"look at {self.channel} for {self.purpose}" if self.channel else "sweep"
        return f"the next {what} is {format_span(self.by)} late"

    def carry_out(self, run: Run) -> None:
        late = LateMessage(self.channel, self.purpose, self.session, self.by)
        run.late_messages.append(late)
        if not self.may_fail:
            run.promises.append((self.sentence, lambda: late.is_over))


class _OnFunction(Step):
    """A step about one function."""

    function: Text

    def check(self, run: Run) -> None:
        """Raises WrongUsage where there is no such function."""
        known = run.world.functions
        if self.function not in known:
            there_are = ", ".join(known)
            raise WrongUsage(f"there is no function {self.function!r}; there are {there_are}")


class Kill(_OnFunction):
    """An invocation of the function dies before or after a call takes effect.

    It is its next call of an operation, or its nth call of all.
    """

    do: Literal["kill"]
    operation: Text | None = None
    call: Times | None = None
    when: Literal["before", "after"]

    @model_validator(mode="after")
    def _one_call(self) -> Self:
        if (self.operation is None) == (self.call is None):
            raise ValueError("takes either operation or call")
        return self

    @property
    def sentence(self) -> str:
        which = f"its next {self.operation}" if self.operation else f"call {self.call}"
        return f"{self.function} dies {self.when} {which}"

    def carry_out(self, run: Run) -> None:
        self.check(run)
        call = self.operation or self.call or 1
        kill = run.world.gate.kill(function=self.function, call=call, when=self.when)
        if not self.may_fail:
            run.promises.append((self.sentence, lambda: kill.struck))


class Fault(Step):
    """An operation of an AWS service fails, before or after it takes effect."""

    do: Literal["fault"]
    service: Text
    operation: Text
    code: Text = "InternalServerException"
    status: Annotated[int, Field(ge=400, le=599)] = 500
    when: Literal["before", "after"] = "before"
    times: Times = 1

    @property
    def sentence(self) -> str:
        times = "once" if self.times == 1 else f"{self.times} times"
        return (
            f"{self.service} {self.operation} fails {times}, {self.when} taking effect: {self.code}"
        )

    def carry_out(self, run: Run) -> None:
        fault = run.world.gate.fault(
            self.service, self.operation, self.code, self.status, self.when, self.times
        )
        if not self.may_fail:
            run.promises.append((self.sentence, lambda: fault.left == 0))


class Slow(Step):
    """From this moment on, an operation of an AWS service answers late; `by` 0s ends that."""

    do: Literal["slow"]
    service: Text
    operation: Text
    by: Span

    @property
    def sentence(self) -> str:
        return f"{self.service} {self.operation} answers {format_span(self.by)} late"

    def carry_out(self, run: Run) -> None:
        run.world.gate.slow(self.service, self.operation, self.by)


class LimitStreams(Step):
    """From this moment on, the account may have so many streams at once; those that are live stay.

    Whoever goes live beyond the limit is refused, which IVS reports as Concurrent Broadcasts.
    """

    do: Literal["limit streams"]
    streams: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]

    @property
    def sentence(self) -> str:
        return f"the account may have {self.streams} stream(s) at once"

    def carry_out(self, run: Run) -> None:
        run.world.ivs.limits.concurrent_streams = self.streams
        run.stream_limits.append((run.world.now, self.streams))


class ShiftClock(_OnFunction):
    """From this moment on, the clock of a function is ahead, or behind."""

    do: Literal["shift clock"]
    by: AnySpan

    @property
    def sentence(self) -> str:
        way = "behind" if self.by < timedelta() else "ahead"
        return f"the clock of {self.function} is {format_span(abs(self.by))} {way}"

    def carry_out(self, run: Run) -> None:
        self.check(run)
        run.world.shift_clock(self.function, self.by)


class Redrive(_OnFunction):
    """Somebody moves the dead letters of a function back into its queue."""

    do: Literal["redrive"]

    @property
    def sentence(self) -> str:
        return f"the dead letters of {self.function} are redriven"

    def carry_out(self, run: Run) -> None:
        self.check(run)
        run.world.redrive(self.function)
