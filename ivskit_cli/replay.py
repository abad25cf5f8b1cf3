"""`ivskit replay`: run events and scenarios through the synthesized template."""

import argparse
import gc
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivskit_cli.arguments import add_json, at_least_one, settings_of
from ivskit_cli.project import project_or_own
from ivskit_local.errors import NotDone

if TYPE_CHECKING:
    from ivskit_cli.replay_output import Output
    from ivskit_cli.screen import Screen
    from ivskit_local.replay import Report
    from ivskit_local.runtime.synth import Templates
    from ivskit_local.samples import Inputs, Sample

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
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="show every call, as for a single file, not just a line for each event and scenario",
    )
    how.add_argument(
        "-q", "--quiet", action="store_true", help="show only failures and the summary"
    )
    add_json(how)
    parser.add_argument(
        "--jobs",
        type=at_least_one,
        metavar="N",
        help="how many processes play scenarios; the output is the same (default: one per core)",
    )
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


# A world makes much that stays: looking through it often takes time and finds little.
_COLLECT_RARELY = 20_000, 20, 20


@contextmanager
def _rare_collections() -> Iterator[None]:
    """None at first, for imports make no garbage."""
    before = gc.get_threshold()
    gc.disable()
    gc.set_threshold(*_COLLECT_RARELY)
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
        gc.enable()


def act(arguments: argparse.Namespace) -> bool:
    """Replay, print what happens as it goes, and return whether all is well."""
    root = project_or_own()
    with ExitStack() as stack:
        stack.enter_context(_rare_collections())
        screen = None if arguments.json else stack.enter_context(_screen())
        inputs = _read(arguments, root)
        # The imported modules stay, and collecting garbage in them takes longer than many a
        # reaction.
        gc.freeze()
        gc.enable()
        output = _output(screen, inputs, arguments)
        for note in inputs.notes:
            output.say(note)
        _replay(inputs, output, arguments, root)
        return output.end()


def _screen() -> "Screen":
    from ivskit_cli.screen import Screen

    screen = Screen()
    screen.progress("reading events and scenarios")
    return screen


def _read(arguments: argparse.Namespace, root: Path) -> "Inputs":
    from ivskit_local.samples import read_inputs

    events = os.path.relpath(root / "events")
    return read_inputs(arguments.paths or [events], stdin=_standard_input)


def _output(screen: "Screen | None", inputs: "Inputs", arguments: argparse.Namespace) -> "Output":
    from ivskit_cli.replay_output import Detail, Document, Page

    if screen is None:
        return Document()
    paths = arguments.paths
    one_file = len(paths) == 1 and not Path(paths[0]).is_dir()
    if arguments.quiet:
        return Page(screen, inputs, Detail.SUMMARY)
    return Page(screen, inputs, Detail.FULL if arguments.verbose or one_file else Detail.LINES)


def _replay(inputs: "Inputs", output: "Output", arguments: argparse.Namespace, root: Path) -> None:
    from ivskit_local.runtime.clock import NeverSettles
    from ivskit_local.scenarios.processes import Part, cores, playing

    given = list(settings_of(arguments.set))
    of_each = [[*script.scenario.settings.items(), *given] for script in inputs.scripts]
    for_samples, *for_scripts = _synthesized([given, *of_each], output, root)
    parts = [
        Part(script, templates, root, arguments.seed)
        for script, templates in zip(inputs.scripts, for_scripts, strict=True)
    ]
    try:
        with playing(parts, jobs=arguments.jobs or cores()) as results:
            output.events_over(
                _replay_samples(inputs.samples, for_samples, output, arguments, root)
            )
            for played in results:
                output.scenario(played)
    except NeverSettles as error:
        raise NotDone(str(error)) from error


def _synthesized(
    all_settings: Sequence[Sequence[tuple[str, Any]]], output: "Output", root: Path
) -> Sequence["Templates"]:
    """The templates for each settings. Equal ones are synthesized once, before anything runs."""
    from ivskit_local.runtime.synth import overrides_of, synthesize

    all_overrides = {json.dumps(each): overrides_of(each) for each in all_settings}
    templates: dict[str, Templates] = {}
    for number, (key, overrides) in enumerate(all_overrides.items(), 1):
        output.progress(f"synthesizing the app: settings {number} of {len(all_overrides)}")
        templates[key] = synthesize(root, overrides=overrides)
    return [templates[json.dumps(each)] for each in all_settings]


def _replay_samples(
    samples: Sequence["Sample"],
    templates: "Templates",
    output: "Output",
    arguments: argparse.Namespace,
    root: Path,
) -> "Report":
    from ivskit_local.replay import NOTHING, replay

    if not samples:
        return NOTHING
    return replay(
        samples,
        templates,
        project_root=root,
        as_is=arguments.as_is,
        keep_time=arguments.keep_time,
        seed=arguments.seed or 0,
        say=output.say,
        show=output.event,
    )


def _standard_input() -> str | bytes:
    if sys.stdin is None:
        return ""
    # PowerShell pipes in encodings of its own.
    binary = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read() if binary is None else bytes(binary.read())
