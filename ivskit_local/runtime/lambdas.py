"""Runs functions: an invocation is a thread of the clock, in a sandbox, with a deadline."""

import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.functions import Context, Function, context_of
from ivskit_local.runtime.gate import Gate
from ivskit_local.runtime.invocations import Invocation, Record
from ivskit_local.runtime.sandboxes import Handler, InitFailed, Sandbox, Sandboxes
from ivskit_local.runtime.threads import Killed


@dataclass(frozen=True)
class Line:
    """One line that a function printed or logged."""

    function: str
    line: str


@dataclass(frozen=True)
class Answer:
    """What a function returned, or the error it ended with."""

    value: Any = None
    error: str | None = None


Done = Callable[[Invocation, Answer], None]


class Lambdas:
    """The functions of one world at work."""

    def __init__(
        self,
        clock: Clock,
        gate: Gate,
        code: Path,
        *,
        dice: random.Random,
        tee: bool,
        stay_warm: bool,
    ) -> None:
        self.lines: list[Line] = []
        self._clock = clock
        self._gate = gate
        self._sandboxes = Sandboxes(code, stay_warm=stay_warm)
        self._dice = dice
        self._numbers = count(1)
        self._stderr = sys.stderr if tee else None

    def start(
        self, function: Function, payload: str, records: Sequence[Record], done: Done
    ) -> None:
        """Begin an invocation; `done` gets its answer when it ends, in whatever way."""

        def body() -> None:
            self._run(function, payload, invocation, done)

        task = self._clock.threads.spawn(f"{function.name}#{next(self._numbers)}", body)
        invocation = Invocation(
            id=str(UUID(int=self._dice.getrandbits(128), version=4)),
            function=function.name,
            session=function.physical_name,
            role=function.role,
            task=task,
            records=list(records),
        )
        self._gate.callers[task] = invocation

    def _run(self, function: Function, payload: str, invocation: Invocation, done: Done) -> None:
        invocation.began = perf_counter()
        deadline = self._clock.now + timedelta(seconds=function.timeout)
        overdue = Killed(f"Task timed out after {function.timeout:.2f} seconds")
        alarm = self._clock.at(deadline, lambda: self._clock.threads.doom(invocation.task, overdue))
        try:
            answer = self._answer(function, payload, invocation, deadline)
        finally:
            alarm.cancelled = True
        del self._gate.callers[invocation.task]
        done(invocation, answer)

    def _answer(
        self, function: Function, payload: str, invocation: Invocation, deadline: datetime
    ) -> Answer:
        context = context_of(function, request_id=invocation.id, deadline=deadline)
        sandbox, handler = self._sandboxes.take(function)
        sandbox.say = self._line_sink(invocation)
        try:
            return Answer(self._within(sandbox, handler, json.loads(payload), context, invocation))
        except (Killed, InitFailed) as end:
            return Answer(error=str(end))
        except SystemExit as end:
            return Answer(error=f"Runtime.ExitError: the handler exited with {end.code}")
        except Exception as error:  # whatever a handler raises is the invocation's error
            return Answer(error=f"{type(error).__name__}: {error}")

    def _within(
        self,
        sandbox: Sandbox,
        handler: Handler | None,
        event: Any,
        context: Context,
        invocation: Invocation,
    ) -> Any:
        task = invocation.task
        with sandbox:
            task.scene = sandbox
            try:
                handler = handler or self._load(sandbox, invocation)
                return json.loads(json.dumps(handler(event, context)))
            finally:
                task.scene = None
                if handler is not None and task.doom is None:
                    self._sandboxes.keep(sandbox, handler)

    @staticmethod
    def _load(sandbox: Sandbox, invocation: Invocation) -> Handler:
        # Python holds the module's import lock; no other thread may be left waiting for it.
        invocation.task.may_switch = False
        try:
            return sandbox.load()
        finally:
            invocation.task.may_switch = True

    def _line_sink(self, invocation: Invocation) -> Callable[[str], None]:
        def take(line: str) -> None:
            self.lines.append(Line(invocation.function, line))
            invocation.note_line(line)
            if self._stderr is not None:
                self._stderr.write(f"{line}\n")

        return take
