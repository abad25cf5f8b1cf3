"""The process of the world: answers what the web server asks, and lets time pass in between.

Neither waits for the other: time passes in slices of a few hundredths of a second, and a request
that comes meanwhile is answered after the thing that happens at that moment.
"""

import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any

from ivskit.durations import parse_duration
from ivskit_local.dev.inputs import HttpRequest
from ivskit_local.dev.pace import FASTEST, Pace
from ivskit_local.dev.saved import scenario_of
from ivskit_local.dev.stage import Setup, Stage
from ivskit_local.errors import WrongUsage

_SLICE = 0.05
_LONGEST_WAIT = 0.25
# Time that falls this far behind on a busy machine is not made up for.
_FAR_BEHIND = timedelta(minutes=5)
_LONGEST_JUMP = timedelta(days=31)

# What is asked, and what came of it: an answer, a refusal in a sentence, or the trace of a bug.
Asked = tuple[str, Mapping[str, Any]]
Said = tuple[str, Any]


def serve(connection: Connection, setup: Setup, *, speed: float, paused: bool) -> None:
    """Run the world until the other end of the connection is closed."""
    with Stage(setup) as stage:
        host = Host(stage, connection, Pace(stage.now, speed=speed, paused=paused))
        connection.send(("ready", None))
        host.run()


class Host:
    """Takes turns between requests and time."""

    def __init__(self, stage: Stage, connection: Connection, pace: Pace) -> None:
        self._stage = stage
        self._connection = connection
        self._pace = pace
        # Where a jump leads to.
        self._goal: datetime | None = None
        self._failure: str | None = None
        self._acts: Mapping[str, Callable[..., Any]] = {
            "http": self._http,
            "state": self._state,
            "facts": self._facts,
            "step": self._step,
            "channel": self._channel,
            "time": self._time,
            "scenario": self._scenario,
            "events": self._events,
            "emitted": self._emitted,
        }

    def run(self) -> None:
        """Until nobody can ask any more."""
        while True:
            try:
                if self._connection.poll(self._wait()):
                    self._connection.send(self._answer(self._connection.recv()))
            except (EOFError, OSError):
                return
            self._let_time_pass()

    def _answer(self, asked: Asked) -> Said:
        name, given = asked
        try:
            return "ok", self._acts[name](**given)
        except WrongUsage as refused:
            return "refused", str(refused)
        except Exception as bug:  # nothing that somebody sends may end the world
            traceback.print_exc(file=sys.__stderr__)
            return "bug", f"{type(bug).__name__}: see the log of ivskit dev"

    # Time.

    def _wait(self) -> float:
        if self._goal is not None:
            return 0
        due = self._stage.next_due()
        left = self._pace.seconds_until(due) if due is not None else None
        return _LONGEST_WAIT if left is None else min(max(left, 0), _LONGEST_WAIT)

    def _let_time_pass(self) -> None:
        until, over = self._goal or self._pace.target(), perf_counter() + _SLICE
        try:
            is_there = self._stage.advance(
                until, enough=lambda: perf_counter() > over or self._connection.poll()
            )
        except Exception as bug:  # what nobody foresaw: the page says so, and time goes on
            traceback.print_exc(file=sys.__stderr__)
            self._failure = f"{type(bug).__name__}: {bug}"
            return
        if is_there and self._goal is not None:
            self._goal = None
            self._pace.set(self._stage.now)
        elif self._pace.target() - self._stage.now > _FAR_BEHIND:
            self._pace.set(self._stage.now)

    def _time(self, **wanted: Any) -> dict[str, Any]:
        if len(wanted) != 1:
            raise WrongUsage("say one of paused, speed, step, jump, to, restart_from")
        [(what, value)] = wanted.items()
        changes = {
            "paused": self._set_paused,
            "speed": self._set_speed,
            "step": self._step_on,
            "jump": self._jump,
            "to": self._jump_to,
            "restart_from": self._restart_from,
        }
        if what not in changes:
            raise WrongUsage(f"there is no {what}: say one of {', '.join(changes)}")
        changes[what](value)
        return {"now": self._stage.now.isoformat(), **self._clock()}

    def _set_paused(self, value: Any) -> None:
        if not isinstance(value, bool):
            raise WrongUsage(f"paused: true or false, not {value!r}")
        self._goal = None
        self._pace.set(self._stage.now, paused=value)

    def _set_speed(self, value: Any) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and 0 < value <= FASTEST):
            raise WrongUsage(f"speed: more than 0 and at most {FASTEST}, not {value!r}")
        self._pace.set(self._stage.now, speed=value, paused=False)

    def _step_on(self, value: Any) -> None:
        if value is not True:
            raise WrongUsage(f"step: true, not {value!r}")
        self._goal = self._stage.next_due()

    def _jump(self, value: Any) -> None:
        try:
            self._jump_by(parse_duration(value))
        except ValueError as error:
            raise WrongUsage(f"jump: {error}") from error

    def _jump_to(self, value: Any) -> None:
        self._jump_by(_moment("to", value) - self._stage.now)

    def _jump_by(self, span: timedelta) -> None:
        if not timedelta() <= span <= _LONGEST_JUMP:
            raise WrongUsage(f"time goes up to {_LONGEST_JUMP.days} days ahead, not {span}")
        self._goal = self._stage.now + span

    def _restart_from(self, value: Any) -> None:
        self._stage.restart(_moment("restart_from", value))
        self._goal = None
        self._pace.set(self._stage.now, paused=True)

    def _clock(self) -> dict[str, Any]:
        behind = max(self._pace.target() - self._stage.now, timedelta())
        return {
            "paused": self._pace.paused,
            "speed": self._pace.speed,
            "behind_ms": 0 if self._goal else round(behind / timedelta(milliseconds=1)),
            "jumping_to": self._goal and self._goal.isoformat(),
            "failure": self._failure,
        }

    # What is asked.

    def _http(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, at: datetime
    ) -> Any:
        """A request of an SDK; at: the time of this machine."""
        ahead = self._stage.now - at
        return self._stage.answer(HttpRequest(method, target, headers, body, ahead))

    def _state(self) -> dict[str, Any]:
        self._stage.meet_channels()
        return {
            **self._stage.facts.state(),
            "clock": self._clock(),
            "inputs": len(self._stage.inputs),
            "generation": self._stage.generation,
        }

    def _facts(self, since: int) -> dict[str, Any]:
        self._stage.meet_channels()
        return {**self._stage.facts.since(since), "generation": self._stage.generation}

    def _step(self, value: Mapping[str, Any]) -> dict[str, Any]:
        done = self._stage.step(value)
        return {"sentence": done.sentence, "refused": done.refused}

    def _channel(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {"arn": self._stage.create(value)}

    def _events(self) -> list[Any]:
        return list(self._stage.world.ivs.events)

    def _emitted(self) -> list[Any]:
        taken = [*self._stage.emitted]
        self._stage.emitted.clear()
        return taken

    def _scenario(self) -> dict[str, Any]:
        return scenario_of(self._stage)


def _moment(field: str, value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise WrongUsage(f"{field}: a time such as 2026-11-20T17:00:00Z, not {value!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
