"""Runs of a few steps on one channel, for the tests of laws, and how their records are changed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from ivskit.policy import PolicySettings
from ivskit_local.laws.book import breaches
from ivskit_local.laws.story import Deployed
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from ivskit_local.scenarios.steps import Command, EncoderAct, GoLive, Step
from tests.worlds import ROOT, with_settings

MANAGED = {"ivskit:managed": "true"}
SETTINGS = PolicySettings()


@contextmanager
def a_run(*steps: Step, tags: Any = MANAGED, **policy: str) -> Iterator[Run]:
    """These steps carried out on the channel `show`, under this policy, and an hour has passed."""
    with World(with_settings(synthesize(ROOT), IVSKIT_POLICY=policy), project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec(tags=tags)}, folder=Path())
        for step in steps:
            world.run_for(run.start + step.at - world.now)
            step.carry_out(run)
        world.run_for(timedelta(hours=1))
        yield run


def go_live(at: str = "0s", **more: Any) -> Step:
    """A show begins."""
    return GoLive.model_validate({"at": at, "do": "go live", "channel": "show", **more})


def act(at: str, do: str) -> Step:
    """The encoder does something."""
    return EncoderAct.model_validate({"at": at, "do": do, "channel": "show"})


def command(at: str, name: str, **more: Any) -> Step:
    """Somebody asks for something."""
    asked = {"at": at, "do": "command", "command": name, "channel": "show", **more}
    return Command.model_validate(asked)


def broken(run: Run, settings: PolicySettings = SETTINGS) -> Sequence[str]:
    """The laws that are broken."""
    return [law for law, _ in breaches(run, Deployed(policy=settings))]


def forget_outcomes(run: Run) -> None:
    """As if none had been published."""
    assert isinstance(run.world.published, list)
    run.world.published.clear()


def forget_calls(run: Run, *operations: str) -> None:
    """As if these had never been made."""
    assert isinstance(run.world.calls, list)
    run.world.calls[:] = [each for each in run.world.calls if each.operation not in operations]


def add(records: Sequence[Any], record: Any) -> None:
    """One more of them happened."""
    assert isinstance(records, list)
    records.append(record)


def say_again(run: Run, outcome: str, **other: Any) -> None:
    """An outcome is published again, with this in it."""
    put = next(put for put in run.world.published if put.event["detail-type"] == outcome)
    detail = {**put.event["detail"], **other}
    add(run.world.published, replace(put, event={**put.event, "detail": detail}))


def reword(run: Run, name: str, **other: Any) -> None:
    """A command said this."""
    for delivery in run.world.deliveries:
        if delivery.event["detail-type"] == name:
            delivery.event["detail"].update(other)
