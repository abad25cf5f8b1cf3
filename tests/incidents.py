"""Plays a scenario, rebuilds it from the audit log alone, and compares what was done.

`python -m tests.incidents 50` measures that many random days; `20 50` 20 days, from day 50 on.
"""

import sys
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivskit import names
from ivskit_cli.audit_log import AuditLog
from ivskit_local.incidents.lines import Line
from ivskit_local.incidents.rebuilt import scenario_of
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.scenarios.format import Scenario, Script, parse_scenario
from ivskit_local.scenarios.play import perform, world_of
from ivskit_local.scenarios.run import renamed
from tests.ordinary_days import ordinary_day
from tests.worlds import ROOT

# What says that nothing was done, or only what was seen at some moment.
NOTHING_DONE = {
    names.STOP_SKIPPED,
    names.ROTATION_SKIPPED,
    names.REVOCATION_SKIPPED,
    names.WELCOME_SKIPPED,
    names.SWEEP_SKIPPED,
    names.WILL_LOOK_AGAIN,
    names.STREAM_BACK,
    names.STREAMS_RECONCILED,
}
# Name, channel, the command or session that it is about, and how a stop ended.
Act = tuple[str, str, str, str]


@dataclass(frozen=True)
class Happened:
    """The audit log of a world, and what the scenario calls its channels and sessions."""

    lines: list[Line]
    names: Mapping[str, str]

    @property
    def outcomes(self) -> Set[Act]:
        """Every outcome, once, but for those of no channel."""
        return {self._act(line) for line in self.lines if line.source == names.OUTCOME} - _OF_NONE

    @property
    def acts(self) -> Set[Act]:
        """The outcomes by which something was done, or a command was answered."""
        return {act for act in self.outcomes if act[0] not in NOTHING_DONE}

    def _act(self, line: Line) -> Act:
        detail = line.detail
        if line.channel is None and line.name in NOTHING_DONE:
            return _NONE
        cause = str(detail["cause"]).partition(", seen again after ")[0].partition(": ")[0]
        by_command = any(cause == one.detail.get("command_id") for one in self._commands)
        about = cause if by_command else str(detail.get("stream_id") or "the key")
        channel = renamed(line.channel or "", self.names)
        return line.name, channel, renamed(about, self.names), str(detail.get("then", ""))

    @property
    def _commands(self) -> list[Line]:
        return [line for line in self.lines if line.source == names.COMMAND]


_NONE: Act = ("", "", "", "")
_OF_NONE = {_NONE}


def happened(script: Script, templates: Templates) -> Happened:
    """What happens in the scenario, as the audit log has it."""
    with world_of(script, templates, project_root=ROOT) as world:
        run = perform(script, world, project_root=ROOT)
        world.settle()
        log = AuditLog(world.client("logs"), stage="dev", since=script.scenario.starts)
        return Happened(log.lines(), run.names())


def rebuilt(first: Happened) -> Script:
    """The scenario that the log alone gives, as it would be saved."""
    document: Any = scenario_of(first.lines, tells="What the audit log says.")
    return parse_scenario("rebuilt.json", document)


def script_of(scenario: Scenario) -> Script:
    """A scenario without a file."""
    return Script(str(Path("day.json")), scenario)


def _measure(count: int, since: int = 0) -> None:
    templates = synthesize(ROOT)
    same = same_acts = 0
    for seed in range(since, since + count):
        first = happened(script_of(ordinary_day(seed)), templates)
        second = happened(rebuilt(first), templates)
        same += first.outcomes == second.outcomes
        same_acts += first.acts == second.acts
        missing, added = sorted(first.acts - second.acts), sorted(second.acts - first.acts)
        print(seed, len(first.outcomes), "-", missing[:3], "+", added[:3], flush=True)
    print(f"of {count} days {same_acts} replay to the same acts, {same} to the same outcomes")


if __name__ == "__main__":
    _measure(*map(int, sys.argv[1:]))
