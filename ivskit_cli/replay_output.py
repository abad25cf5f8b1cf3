"""The output of a replay: one document for programs at the end, or a page for people as it goes."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Protocol

from ivskit_cli.screen import Screen
from ivskit_local import report as of_events
from ivskit_local.replay import NOTHING, Replayed, Report
from ivskit_local.report import plural
from ivskit_local.samples import Inputs
from ivskit_local.scenarios import report as of_scenarios
from ivskit_local.scenarios.play import Played

# The summary below lines has at most 40 rows of a terminal: three for each of these failures.
_FAILURES_IN_SUMMARY = 6
_LONGEST_IN_SUMMARY = 230
_NUMBERS_WIDTH = 32


class Detail(Enum):
    """How much of a replay people want to see."""

    SUMMARY = "failures and the summary"
    LINES = "a line for each event and scenario, and in full what failed"
    FULL = "every call"


class Output(Protocol):
    """Takes what a replay shows, in this order."""

    def progress(self, text: str) -> None:
        """What is going on now."""

    def say(self, line: str) -> None:
        """Something about the run itself."""

    def event(self, replayed: Replayed) -> None:
        """An event whose effects are over."""

    def events_over(self, report: Report) -> None:
        """All events, together."""

    def scenario(self, played: Played) -> None:
        """A scenario that is over."""

    def end(self) -> bool:
        """That is all; returns whether all is well."""


class Document:
    """One JSON value at the end."""

    def __init__(self) -> None:
        self._report = NOTHING
        self._played: list[Played] = []

    def progress(self, text: str) -> None: ...

    def say(self, line: str) -> None:
        print(f"ivskit: {line}", file=sys.stderr)

    def event(self, replayed: Replayed) -> None: ...

    def events_over(self, report: Report) -> None:
        self._report = report

    def scenario(self, played: Played) -> None:
        self._played.append(played)

    def end(self) -> bool:
        scenarios = [of_scenarios.as_document(each) for each in self._played]
        document = {**of_events.as_document(self._report), "scenarios": scenarios}
        print(json.dumps(document, indent=2))
        return _is_well(self._report, self._played)


class Page:
    """Lines as events and scenarios are over, then a summary and what to try next."""

    def __init__(self, screen: Screen, inputs: Inputs, detail: Detail) -> None:
        self._screen = screen
        self._inputs = inputs
        self._detail = detail
        self._report = NOTHING
        self._played: list[Played] = []
        self._event_width = max(
            (len(of_events.event_name(each.event)) for each in inputs.samples), default=0
        )
        self._title_width = self._widest_title()
        if detail is Detail.LINES:
            what = f"{_counted(inputs)} in virtual time, on an emulator of IVS"
            screen.print([f"Replaying {what}", ""])
        self._events = 0

    def _widest_title(self) -> int:
        titles = (len(script.title) for script in self._inputs.scripts)
        widest, columns = max(titles, default=0), self._screen.width
        return widest if columns is None else min(widest, columns - _NUMBERS_WIDTH)

    def progress(self, text: str) -> None:
        self._screen.progress(text)

    def say(self, line: str) -> None:
        self._screen.say(line)

    def event(self, replayed: Replayed) -> None:
        self._show_event(replayed)
        self._events += replayed.sample is not None
        self.progress(f"{self._events} of {plural(len(self._inputs.samples), 'event')} replayed")

    def _show_event(self, replayed: Replayed) -> None:
        line = of_events.in_a_line(replayed, name_width=self._event_width)
        if self._detail is Detail.FULL:
            self._in_full([*of_events.block(replayed), ""])
        elif replayed.given_up:
            self._screen.print([line])
            self._if_wanted(of_events.block(replayed))
        elif replayed.subscribed and self._detail is Detail.LINES:
            self._screen.print([line])

    def events_over(self, report: Report) -> None:
        self._report = report
        if report.replayed and self._detail is Detail.LINES:
            self._screen.print([*of_events.unsubscribed(report.replayed), ""], fold=True)

    def scenario(self, played: Played) -> None:
        self._show_scenario(played)
        self._played.append(played)
        scripts = plural(len(self._inputs.scripts), "scenario")
        self.progress(f"{len(self._played)} of {scripts} played")

    def _show_scenario(self, played: Played) -> None:
        line = of_scenarios.in_a_line(played, title_width=self._title_width)
        if self._detail is Detail.FULL:
            self._in_full([*of_scenarios.as_lines(played), ""])
        elif not played.ok:
            self._screen.print([line])
            self._if_wanted(of_scenarios.as_lines(played))
        elif self._detail is Detail.LINES:
            self._screen.print([line])

    def _if_wanted(self, lines: Iterator[str]) -> None:
        """What failed, in full, with space around it."""
        if self._detail is Detail.LINES:
            self._in_full(["", *(f"  {line}" for line in lines), ""])

    def _in_full(self, lines: Sequence[str]) -> None:
        self._screen.print(lines, fold=True)

    def end(self) -> bool:
        well = _is_well(self._report, self._played)
        if self._played and self._detail is Detail.LINES:
            self._screen.print([""])
        self._screen.print(self._summary(), fold=True)
        if self._detail is Detail.LINES or not well:
            self._screen.print(self._next())
        return well

    def _summary(self) -> Iterator[str]:
        lines = [*of_events.summary(self._report)] if self._report.replayed else []
        lines += of_scenarios.summary(self._played) if self._played else []
        return _short(lines) if self._detail is Detail.LINES else iter(lines)

    def _next(self) -> Iterator[str]:
        """Commands to try: for what failed, if anything did."""
        replay = f"{'uv run ' if 'UV' in os.environ else ''}ivskit replay"
        yield ""
        yield "Next, with every call to AWS:"
        yield from (f"  {replay} {file}" for file in self._failed() or self._worth_a_look())
        yield f"  {replay} -v"

    def _failed(self) -> Sequence[str]:
        """The first files that failed."""
        events = [each.sample for each in self._report.replayed if each.given_up and each.sample]
        return [*events, *(each.script.name for each in self._played if not each.ok)][:3]

    def _worth_a_look(self) -> Iterator[str]:
        """The event that caused most, and the scenario with the shortest name."""
        events = [each for each in self._report.replayed if each.subscribed and each.sample]
        if events:
            yield str(max(events, key=lambda each: len(each.delivery.reactions)).sample)
        if self._played:
            yield min((each.script.name for each in self._played), key=len)


def _short(lines: Sequence[str]) -> Iterator[str]:
    """The lines without most failures, which stand above in full."""
    failures = 0
    for line in lines:
        failures += line.startswith("  ✗")
        if not line.startswith("  ✗") or failures <= _FAILURES_IN_SUMMARY:
            yield f"{line[:_LONGEST_IN_SUMMARY]}…" if len(line) > _LONGEST_IN_SUMMARY else line
    if failures > _FAILURES_IN_SUMMARY:
        yield f"  ✗ and {failures - _FAILURES_IN_SUMMARY} more"


def _counted(inputs: Inputs) -> str:
    counts = {"event": len(inputs.samples), "scenario": len(inputs.scripts)}
    return " and ".join(plural(count, noun) for noun, count in counts.items() if count)


def _is_well(report: Report, all_played: Sequence[Played]) -> bool:
    return report.ok and all(played.ok for played in all_played)
