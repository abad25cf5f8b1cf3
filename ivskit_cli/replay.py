"""`ivskit replay`: run events and scenarios through the synthesized template."""

import argparse
import gc
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ivskit_cli.arguments import add_json, settings_of
from ivskit_cli.project import project_or_own
from ivskit_local.errors import NotDone

if TYPE_CHECKING:
    from ivskit_local.replay import Report
    from ivskit_local.samples import Sample
    from ivskit_local.scenarios.format import Script
    from ivskit_local.scenarios.play import Played

HELP = "run events and scenarios through the synthesized template, on this machine"
DESCRIPTION = (
    "Run events and scenarios through the synthesized template on the embedded emulator: no AWS"
    " account, no Docker. All events of an account and region share one world, each scenario has"
    " a world of its own. Exit 0 success, 1 a message is in dead letters, an invariant is broken"
    " or a scenario failed, 2 wrong usage."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to replay, and how."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="the file of an event or a scenario, a folder of them (events in the order of their"
        " times; its scenarios/ too), or - for standard input; without one, all of events/."
        " Events are JSON, JSON Lines or SQS batches",
    )
    add_json(parser)
    parser.add_argument(
        "--as-is",
        action="store_true",
        help="do not bring the emulator into the state that each event implies (events only)",
    )
    parser.add_argument(
        "--keep-time",
        action="store_true",
        help="deliver without letting time pass (events only)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="determines the order of concurrent work (default: 0, or the scenario's own)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="a.b=c",
        help="change a setting of the ivskit block in cdk.json, such as policy.grace=10s;"
        " overrides a scenario's settings",
    )


def act(arguments: argparse.Namespace) -> bool:
    """Replay, print the report, and return whether all is well."""
    from ivskit_local.runtime.clock import NeverSettles
    from ivskit_local.samples import read_inputs

    root = project_or_own()
    events = os.path.relpath(root / "events")
    inputs = read_inputs(arguments.paths or [events], stdin=_standard_input)
    # The imported modules stay, and collecting garbage in them takes longer than many a reaction.
    gc.freeze()
    try:
        report = _replay_samples(inputs.samples, arguments, root)
        played = [_play(script, arguments, root) for script in inputs.scripts]
    except NeverSettles as error:
        raise NotDone(str(error)) from error
    for line in _as_json(report, played) if arguments.json else _as_text(report, played):
        print(line)
    return report.ok and all(each.ok for each in played)


def _replay_samples(
    samples: Sequence["Sample"], arguments: argparse.Namespace, root: Path
) -> "Report":
    from ivskit_local.replay import NOTHING, replay
    from ivskit_local.runtime.synth import overrides_of, synthesize

    if not samples:
        return NOTHING
    return replay(
        samples,
        synthesize(root, overrides=overrides_of(settings_of(arguments.set))),
        project_root=root,
        as_is=arguments.as_is,
        keep_time=arguments.keep_time,
        seed=arguments.seed or 0,
        say=lambda line: print(f"ivskit: {line}", file=sys.stderr),
    )


def _play(script: "Script", arguments: argparse.Namespace, root: Path) -> "Played":
    from ivskit_local.runtime.synth import overrides_of, synthesize
    from ivskit_local.scenarios.play import play

    settings = [*script.scenario.settings.items(), *settings_of(arguments.set)]
    templates = synthesize(root, overrides=overrides_of(settings))
    return play(script, templates, project_root=root, seed=arguments.seed)


def _as_json(report: "Report", played: Sequence["Played"]) -> Iterator[str]:
    from ivskit_local import report as of_samples
    from ivskit_local.scenarios import report as of_scenarios

    scenarios = [of_scenarios.as_document(each) for each in played]
    yield json.dumps({**of_samples.as_document(report), "scenarios": scenarios}, indent=2)


def _as_text(report: "Report", played: Sequence["Played"]) -> Iterator[str]:
    from ivskit_local import report as of_samples
    from ivskit_local.scenarios import report as of_scenarios

    if report.replayed:
        yield from of_samples.as_lines(report)
    for each in played:
        yield from ("", *of_scenarios.as_lines(each))
    if played:
        yield from ("", *of_scenarios.summary(played))


def _standard_input() -> str | bytes:
    if sys.stdin is None:
        return ""
    # PowerShell pipes in encodings of its own.
    binary = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read() if binary is None else bytes(binary.read())
