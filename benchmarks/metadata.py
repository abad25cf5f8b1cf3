"""Pushes timed metadata as fast as IVS allows, and compares with simpler ways to do it.

    python benchmarks/metadata.py [--minutes N] [--only WORDS] [--way WAY]

The real handler of push_metadata, 31 copies of it, in virtual time, against the two ways in which
the emulator counts calls. Round trips are lognormal around 25 ms; IVS counts half-way. The queue is
FIFO as SQS is: batches of up to ten messages of one group, a group locked while it is worked on.
"""

import argparse
import contextlib
import io
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from statistics import quantiles
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from benchmarks.metadata_service import START, Load, Queue, Sent, Service
from benchmarks.metadata_ways import ENVIRONMENT, Handlers, Loop, Sdk
from benchmarks.results import recorded
from ivs_emulator.throttling import Throttling
from ivskit import quotas
from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.threads import current_task

LANES = 31
LARGEST_BACKLOG_SECONDS = 60
# After half a minute of the others nothing changes any more.
OTHERS_SECONDS = 30


class Nowhere(io.TextIOBase):
    """Discards logs; loggers keep their first stream, so nothing may close it."""

    def write(self, text: str, /) -> int:
        return len(text)


WAYS = ("ivskit", "a loop", "a paced loop", "31 threads", "a FIFO queue without a pace")


@dataclass(frozen=True)
class Result:
    """The numbers of one load and one way."""

    load: str
    way: str
    mode: str
    share: float
    throttled: float
    out_of_order: int
    lost: int
    double: int
    delivered: float
    p50: float
    p99: float

    def row(self) -> str:
        """One line of a table."""
        return (
            f"| {self.load} | {self.way} | {self.mode} | {self.share:.1%} | {self.throttled:.2%} "
            f"| {self.out_of_order} | {self.lost} | {self.double} | {self.delivered:.1%} "
            f"| {self.p50:.2f} / {self.p99:.2f} |"
        )


HEADER = (
    "| load | way | counted by | of 155 calls/s | throttled | out of order | not a minute later "
    "| twice | delivered in time | p50 / p99 s |\n|---|---|---|---|---|---|---|---|---|---|"
)


def measure(load: Load, way: str, mode: Throttling, *, seconds: float) -> Result:
    """Send for so many virtual seconds, and count what arrived then and a minute later."""
    sent = list(load.sent(seconds))
    with contextlib.ExitStack() as stack:
        clock = stack.enter_context(Clock(START))
        service = Service(clock, mode)
        stack.enter_context(patch.object(time, "sleep", clock.sleep))
        stack.enter_context(patch.object(time, "monotonic", partial(_monotonic, clock)))
        stack.enter_context(patch.dict(os.environ, ENVIRONMENT))
        stack.enter_context(contextlib.redirect_stdout(Nowhere()))
        taker = _taker(way, clock, service, load, stack)
        for one in sent:
            clock.at(START + timedelta(seconds=one.at), partial(taker.send, one))
        clock.run_for(timedelta(seconds=seconds + LARGEST_BACKLOG_SECONDS))
    return _result(load, way, mode, sent, service, seconds)


def _taker(
    way: str, clock: Clock, service: Service, load: Load, stack: contextlib.ExitStack
) -> Queue | Loop:
    match way:
        case "a loop":
            return Loop(clock, Sdk(service), 1)
        case "a paced loop":
            return Loop(clock, Sdk(service), 1, every=1 / quotas.RATES["PutMetadata"])
        case "31 threads":
            return Loop(clock, Sdk(service), LANES)
        case "a FIFO queue without a pace":
            return Queue(clock, LANES, Sdk(service).work)
        case "ivskit":
            return _as_deployed(clock, service, load, stack)
    raise ValueError(f"there is no way named {way}")


def _as_deployed(clock: Clock, service: Service, load: Load, stack: contextlib.ExitStack) -> Queue:
    handlers = Handlers(service, LANES, coalesce=load.coalesce)

    def make_api_call(client: BaseClient, operation: str, asked: dict[str, Any]) -> Any:
        return handlers.answer(client, operation, asked)

    stack.enter_context(patch.object(BaseClient, "_make_api_call", make_api_call))
    return Queue(clock, LANES, handlers.work)


_real_monotonic = time.monotonic


def _monotonic(clock: Clock) -> float:
    if current_task() is None:
        return _real_monotonic()
    return (clock.now - START).total_seconds()


def _result(
    load: Load, way: str, mode: str, sent: Sequence[Sent], service: Service, seconds: float
) -> Result:
    at = {one.name: one.at for one in sent}
    times = Counter(name for _, name in service.inserted)
    late = sorted(when - at[name] for when, name in service.inserted)
    in_time = sum(when <= seconds + 1 for when, _ in service.inserted)
    steady = [when for when in service.calls if 5 <= when < seconds]
    cuts = quantiles(late, n=100)
    return Result(
        load=load.name,
        way=way,
        mode=mode,
        share=len(steady) / (seconds - 5) / quotas.RATES["PutMetadata"],
        throttled=service.throttled / service.attempts,
        out_of_order=_out_of_order(service.inserted),
        lost=len(sent) - len(times),
        double=sum(count > 1 for count in times.values()),
        delivered=in_time / len(sent),
        p50=cuts[49],
        p99=cuts[98],
    )


def _out_of_order(inserted: Sequence[tuple[float, str]]) -> int:
    newest: dict[str, int] = {}
    wrong = 0
    for _, name in inserted:
        channel, number = name.split(":")
        wrong += int(number) < newest.get(channel, 0)
        newest[channel] = max(int(number), newest.get(channel, 0))
    return wrong


LOADS = (
    Load("31 channels, 5/s each", channels=31, each=5.0),
    Load("Poisson 140/s on 31 channels", channels=31, each=140 / 31, poisson=True),
    Load("small, 248/s on 31 channels", channels=31, each=8.0, poisson=True, size=(60, 180)),
    Load("the same, coalesced", channels=31, each=8, poisson=True, size=(60, 180), coalesce=True),
)
MODES: tuple[Throttling, ...] = ("sliding-window", "token-bucket")


ABOUT = """
`uv run python benchmarks/metadata.py` runs 31 copies of the real handler of `push_metadata` in
virtual time, round trips log-normal around 25 ms, a FIFO queue as SQS has it, against IVS's rates
counted in either way. The ceiling: 155 calls of PutMetadata a second. ivskit for ten minutes of
virtual time, the others for half a minute; in time: within a second after the load ended. Goals:
94 % of the ceiling, nothing throttled or out of order, and with coalescing 99 % in time.

A loop with a sleep cannot reach the rate: one call after the other is 40 a second.
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=10, help="of virtual time")
    parser.add_argument("--only", default="", help="loads whose name holds this")
    parser.add_argument("--way", choices=WAYS, help="this one alone")
    arguments = parser.parse_args()
    whole = not arguments.only and arguments.way is None
    with recorded("Timed metadata", ABOUT) if whole else contextlib.nullcontext():
        _table(arguments)


def _table(arguments: argparse.Namespace) -> None:
    print(HEADER)
    for load in LOADS:
        ways = WAYS if not load.coalesce else WAYS[:1]
        for way in ways if arguments.only in load.name else ():
            if arguments.way in (None, way):
                seconds = arguments.minutes * 60 if way == "ivskit" else OTHERS_SECONDS
                _print(load, way, seconds=seconds)


def _print(load: Load, way: str, *, seconds: float) -> None:
    for mode in MODES:
        print(measure(load, way, mode, seconds=seconds).row(), flush=True)


if __name__ == "__main__":
    main()
