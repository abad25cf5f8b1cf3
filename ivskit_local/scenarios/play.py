"""Plays a scenario in a world of its own, and judges the result."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ivs_emulator import EncoderRefused, Reading
from ivskit.policy import KeySettings, PolicySettings
from ivskit_local.invariants import broken_invariants
from ivskit_local.laws import hours
from ivskit_local.laws.book import breaches
from ivskit_local.laws.by_hand import excuses
from ivskit_local.laws.story import Deployed
from ivskit_local.runtime.clock import NeverSettles
from ivskit_local.runtime.deliveries import Delivery, Reaction
from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.expectations import findings
from ivskit_local.scenarios.format import AnyStep, Scenario, Script
from ivskit_local.scenarios.run import Finding, Note, NotThere, Run, renamed

if TYPE_CHECKING:
    from ivskit_local.dev.facts import Facts

# What the timeline shows, in this order within the same moment.
Shown = Note | Delivery | Reaction | Finding
_ORDER: Sequence[type] = (Note, Delivery, Reaction, Finding)


@dataclass(frozen=True)
class Moment:
    """An entry of the timeline, and how long after the start."""

    after: timedelta
    shown: Shown


@dataclass(frozen=True)
class Played:
    """The result of a scenario; `names` has the scenario's names for ARNs and ids.

    sessions, keys: how many all its channels have had, with those that were deleted. recorded: what
    a page shows of it, where that was asked for.
    """

    script: Script
    timeline: Sequence[Moment]
    findings: Sequence[Finding]
    names: Mapping[str, str]
    passed: timedelta
    sessions: int
    keys: int
    recorded: Mapping[str, Any] | None = None

    @property
    def ok(self) -> bool:
        """Whether every finding holds."""
        return all(finding.holds for finding in self.findings)

    def named(self, text: str) -> str:
        """The text with the scenario's names."""
        return renamed(text, self.names)


def play(
    script: Script,
    templates: Templates,
    *,
    project_root: Path,
    seed: int | None = None,
    record: bool = False,
    reading: Reading = "strict",
) -> Played:
    """Carry the steps out at their times, let everything come to rest, and judge.

    record: keep what a page shows of it; reading: how IVS behaves where its pages are silent.
    """
    scenario = script.scenario
    how: Any = {"seed": seed, "reading": reading}
    with world_of(script, templates, project_root=project_root, **how) as world:
        run = _run_of(script, world, project_root)
        facts = _facts_of(run) if record else None
        for step in scenario.steps:
            _carry_out(step, run)
            if facts:
                facts.read()
        judge(scenario, run, templates)
        return Played(
            script=script,
            timeline=_timeline(run),
            findings=run.findings,
            names=run.names(),
            passed=world.now - run.start,
            sessions=sum(run.sessions_and_keys(name)[0] for name in run.arns),
            keys=sum(run.sessions_and_keys(name)[1] for name in run.arns),
            recorded=facts.recorded() if facts else None,
        )


def _facts_of(run: Run) -> "Facts":
    from ivskit_local.dev.facts import Facts  # few replays need it

    return Facts(run)


def world_of(
    script: Script,
    templates: Templates,
    *,
    project_root: Path,
    seed: int | None = None,
    reading: Reading = "strict",
) -> World:
    """The world in which the scenario takes place, not yet entered."""
    scenario = script.scenario
    return World(
        templates,
        project_root=project_root,
        seed=scenario.seed if seed is None else seed,
        start=scenario.starts,
        sloppy_schedules=scenario.sloppy_schedules,
        throttling="token-bucket",
        reading=scenario.reading or reading,
    )


def perform(script: Script, world: World, *, project_root: Path) -> Run:
    """Carry the steps out at their times in this world."""
    run = _run_of(script, world, project_root)
    for step in script.scenario.steps:
        _carry_out(step, run)
    return run


def _run_of(script: Script, world: World, project_root: Path) -> Run:
    channels = script.scenario.channels
    return Run(world, channels, folder=script.folder, project_root=project_root)


def _carry_out(step: AnyStep, run: Run) -> None:
    _run_until(run.start + step.at, run)
    run.note(step.sentence)
    try:
        step.carry_out(run)
    except (EncoderRefused, NotThere, ClientError) as refused:
        run.note(f"refused: {refused}")
        if not step.may_fail:
            run.find(step.sentence, f"refused: {refused}")


def _run_until(moment: datetime, run: Run) -> None:
    """Let time pass; steps of the same moment happen at once."""
    while (left := moment - run.world.now) > timedelta():
        passed = run.world.now - run.start
        to_the_hour = hours.HOUR - passed % hours.HOUR
        run.world.run_for(min(left, to_the_hour))
        if left >= to_the_hour:
            hours.look(run)


def _deployed(templates: Templates) -> Deployed:
    """What the functions' variables in the template say of stage, policy and commands."""
    resources = [one for template in templates.values() for one in template["Resources"].values()]
    environments = (one["Properties"].get("Environment", {}) for one in resources)
    variables: dict[str, Any] = {}
    for environment in environments:
        variables |= environment.get("Variables", {})
    return Deployed(
        policy=PolicySettings.model_validate_json(variables["IVSKIT_POLICY"]),
        stage=variables["IVSKIT_STAGE"],
        command_channels=variables["IVSKIT_COMMAND_CHANNELS"],
        store=KeySettings.model_validate_json(variables["IVSKIT_KEYS"]).store,
        watches_quotas="IVSKIT_WATCH_QUOTAS" in variables,
    )


def judge(scenario: Scenario, run: Run, templates: Templates) -> None:
    """Let everything come to rest, and add to the run's findings what holds and what does not."""
    try:
        run.world.settle()
    except NeverSettles as error:
        run.find("everything comes to rest", str(error))
    for what, happened in run.promises:
        run.find(what, None if happened() else "it did not happen")
    letters = scenario.expect.dead_letters or 0
    final = scenario.expect.model_copy(update={"dead_letters": letters})
    for what, found in findings(final, run):
        run.find(what, found)
    deployed = _deployed(templates)
    there = broken_invariants(run.world)
    broken = [(one.name, one.what) for one in there if not excuses(one, run, deployed)]
    broken += breaches(run, deployed, *map(_deployed, run.neighbours))
    for law, case in broken:
        run.find(law, case)
    if not broken:
        run.find("every invariant holds")


def _timeline(run: Run) -> Sequence[Moment]:
    made = {id(call): number for number, call in enumerate(run.world.calls)}

    def place(pair: tuple[datetime, Shown]) -> tuple[datetime, int, int]:
        """Of reactions at the same moment, the one that made the first call began first."""
        at, what = pair
        calls = what.calls if isinstance(what, Reaction) else ()
        return at, _ORDER.index(type(what)), made[id(calls[0])] if calls else len(made)

    return [Moment(at - run.start, what) for at, what in sorted(_shown(run), key=place)]


def _shown(run: Run) -> Iterator[tuple[datetime, Shown]]:
    yield from ((note.at, note) for note in run.notes)
    yield from ((finding.at, finding) for finding in run.findings)
    for delivery in run.world.deliveries:
        yield delivery.at, delivery
        for reaction in delivery.reactions:
            yield reaction.at or delivery.at, reaction
    for reaction in without_repeats(run.world.unasked):
        yield reaction.at or run.start, reaction


def without_repeats(reactions: Sequence[Reaction]) -> Iterator[Reaction]:
    """Reactions to recurring schedules, without those that repeat the outcome before."""
    said: dict[str, tuple[str | None, str | None]] = {}
    for reaction in reactions:
        now = (reaction.outcome, reaction.reason)
        if reaction.error or said.get(reaction.function) != now:
            yield reaction
        said[reaction.function] = now
