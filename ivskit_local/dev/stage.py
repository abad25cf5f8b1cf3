"""A deployed stage that people and applications act on: its world, its inputs, its time."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from ivs_emulator import EncoderRefused
from ivskit import names
from ivskit.arns import resource_id
from ivskit_local.dev.facts import Facts
from ivskit_local.dev.inputs import HttpRequest, Input, NewChannel, parse_channel, parse_step
from ivskit_local.dev.wire import Wire, WireAnswer
from ivskit_local.errors import WrongUsage
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.deliveries import Event
from ivskit_local.runtime.gate import Proceed, Response
from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.channels import add
from ivskit_local.scenarios.format import AnyStep
from ivskit_local.scenarios.run import NotThere, Run, Worn

_SECOND = timedelta(seconds=1)
_MOST_EVENTS = 10_000
# Machines of one network differ by less; what is older was issued before the clock was moved.
_SAME_CLOCK = timedelta(minutes=1)


@dataclass(frozen=True)
class Setup:
    """What decides, with the inputs, all that happens."""

    templates: Templates
    root: Path
    seed: int
    start: datetime


@dataclass(frozen=True)
class Done:
    """A step in a sentence, and why it was refused, if it was."""

    sentence: str
    refused: str | None = None


class Stage:
    """Enter it; it is used from the thread that entered it.

    sent: commands of applications, and when they came; generation: how often it was begun anew:
    then nothing that was asked before is known.
    """

    def __init__(self, setup: Setup) -> None:
        self.inputs: list[Input] = []
        self.sent: list[tuple[timedelta, Event]] = []
        self.generation = 0
        # Those of IVS that nobody has taken yet.
        self.emitted: deque[Event] = deque(maxlen=_MOST_EVENTS)
        self._setup = setup
        self._open = ExitStack()

    def __enter__(self) -> "Stage":
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _begin(self) -> None:
        setup = self._setup
        self.world = self._open.enter_context(
            World(
                setup.templates,
                project_root=setup.root,
                seed=setup.seed,
                start=setup.start,
                throttling="token-bucket",
            )
        )
        self.run = Run(self.world, {}, folder=setup.root, project_root=setup.root)
        self.facts = Facts(self.run, consume=True)
        self.world.ivs.subscribe(self.emitted.append)
        self._wire = Wire(self.world)
        self._ahead = timedelta()
        self._put_events = self.world.gate.own["events", "PutEvents"]
        self.world.gate.own["events", "PutEvents"] = self._in_our_time

    # Time.

    @property
    def now(self) -> datetime:
        """The stage's own time."""
        return self.world.now

    def advance(self, until: datetime, *, enough: Callable[[], bool]) -> bool:
        """Let time pass; whether it has come to that moment."""
        if until <= self.now:
            return True
        is_there = self.world.run_until(until, enough=enough)
        self.facts.keep_up()
        return is_there

    def rest_at_full_second(self) -> None:
        """Let time pass to the next full second, as scenarios count it."""
        self._pass_to(self._next_second())

    @property
    def seed(self) -> int:
        """What decides the order of what is concurrent."""
        return self._setup.seed

    def next_due(self) -> datetime | None:
        """When anything is due next."""
        return self.world.next_due()

    def restart(self, moment: datetime) -> None:
        """Live through it again up to a moment, and forget what came after; raises WrongUsage."""
        since = moment - self._setup.start
        if not timedelta() <= since <= self.now - self._setup.start:
            raise WrongUsage(
                f"restart_from: from {self._setup.start.isoformat()} to {self.now.isoformat()}, not"
                f" {moment.isoformat()}"
            )
        again = [each for each in self.inputs if each.at <= since]
        self._open.close()
        self.inputs, self.sent = [], []
        self.generation += 1
        self._begin()
        for each in again:
            self._pass_to(each.at)
            self._take(each)
        self._pass_to(since)
        # An application has had them already.
        self.emitted.clear()

    def _pass_to(self, at: timedelta) -> None:
        left = self._setup.start + at - self.now
        if left > timedelta():
            self.world.run_for(left)

    # Inputs.

    def step(self, value: Mapping[str, Any]) -> Done:
        """Carry out a step of a scenario, at the next full second; raises WrongUsage."""
        at = self._next_second()
        self.meet_channels()
        step = parse_step(self._with_names(value), at=at)
        for channel in step.channels:
            if channel not in self.run.arns:
                raise WrongUsage(f"channel: there is no channel {channel!r}")
        self._pass_to(at)
        done: Done = self._take(Input(at, step))
        return done

    def create(self, value: Mapping[str, Any]) -> str:
        """Create a channel; answers its ARN. Raises WrongUsage."""
        channel = parse_channel(value)
        self.meet_channels()
        if channel.name in self.run.arns:
            raise WrongUsage(f"name: there is a channel {channel.name!r} already")
        at = self._next_second()
        self._pass_to(at)
        arn: str = self._take(Input(at, channel))
        return arn

    def answer(self, request: HttpRequest) -> WireAnswer:
        """Answer a request of an SDK."""
        answer: WireAnswer = self._take(Input(self.now - self._setup.start, request))
        return answer

    def _next_second(self) -> timedelta:
        return timedelta(seconds=ceil((self.now - self._setup.start) / _SECOND))

    def _take(self, given: Input) -> Any:
        if isinstance(given.what, HttpRequest):
            return self._answer(given, given.what)
        self.inputs.append(given)
        if isinstance(given.what, NewChannel):
            return self._create(given.what)
        return self._carry_out(given.what)

    def _answer(self, given: Input, request: HttpRequest) -> WireAnswer:
        self._ahead, before = request.ahead, len(self.world.deliveries)
        answer = self._wire.answer(request.method, request.target, request.headers, request.body)
        if answer.changes:
            self.inputs.append(given)
            self.meet_channels()
        for delivery in self.world.deliveries[before:]:
            if delivery.event["source"] == names.COMMAND:
                self.sent.append((given.at, delivery.event))
        self.world.settle(keep_time=True)
        return answer

    def _create(self, channel: NewChannel) -> str:
        arn = channel.spec.arn or self.world.ivs.identifiers.arn("channel")
        add(self.world, arn, channel.name, channel.spec)
        self._meet(channel.name, arn)
        self.run.note(f"somebody creates the channel {channel.name}")
        return arn

    def _carry_out(self, step: AnyStep) -> Done:
        self.run.note(step.sentence)
        try:
            step.carry_out(self.run)
        except (EncoderRefused, NotThere, ClientError, WrongUsage) as refused:
            self.run.note(f"refused: {refused}")
            return Done(step.sentence, str(refused))
        finally:
            self.world.settle(keep_time=True)
        return Done(step.sentence)

    # Channels, which applications create too.

    def meet_channels(self) -> None:
        """Give each channel that is new a name in this run."""
        known = set(self.run.arns.values())
        for arn, channel in self.world.ivs.channels.items():
            if arn not in known:
                name = channel.name or resource_id(arn)
                taken = name in self.run.arns
                self._meet(f"{name}-{resource_id(arn)}" if taken else name, arn)

    def _meet(self, name: str, arn: str) -> None:
        run = self.run
        run.arns[name] = arn
        run.tags_worn[name] = [Worn(self.now, dict(self.world.ivs.channels[arn].tags))]
        run.first_keys[name] = run.seen_keys[name] = run.key(name)

    def _with_names(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The page knows channels by their ARNs, steps by their names."""
        by_arn = {arn: name for name, arn in self.run.arns.items()}
        channel = value.get("channel")
        return {**value, **({"channel": by_arn[channel]} if channel in by_arn else {})}

    # Commands of applications, whose clock is that of this machine.

    def _in_our_time(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        if caller is None and abs(self._ahead) > _SECOND:
            entries = [self._moved(entry) for entry in request.parameters.get("Entries", ())]
            request = replace(request, parameters={**request.parameters, "Entries": entries})
        return self._put_events(request, caller, proceed)

    def _moved(self, entry: Any) -> Any:
        """The command, with the stage's time for a time of issue that is about now."""
        try:
            detail = json.loads(entry["Detail"])
            issued = datetime.fromisoformat(detail["issued_at"])
            is_now = abs(issued + self._ahead - self.now) < _SAME_CLOCK
        except (KeyError, TypeError, ValueError):
            return entry
        if entry.get("Source") != names.COMMAND or not is_now:
            return entry
        moved = {**detail, "issued_at": (issued + self._ahead).isoformat()}
        return {**entry, "Detail": json.dumps(moved)}
