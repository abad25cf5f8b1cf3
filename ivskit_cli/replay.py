"""`ivskit replay`: run events and scenarios through the synthesized template."""

import gc
import json as json_format
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from ivskit_cli.arguments import (
    Files,
    Json,
    Reading,
    Stage,
    at_least_one,
    moment_of,
    one_of,
    settings_of,
    taken_by,
)
from ivskit_cli.project import project_or_own, stage_of
from ivskit_local.errors import NotDone, WrongUsage

if TYPE_CHECKING:
    from ivskit_cli.replay_output import Output
    from ivskit_cli.screen import Screen
    from ivskit_local.dev.html import Recording
    from ivskit_local.replay import Report
    from ivskit_local.runtime.synth import Templates
    from ivskit_local.samples import Inputs, Sample


@dataclass(frozen=True)
class Asked:
    """What to replay, and how."""

    paths: Sequence[str]
    verbose: bool
    quiet: bool
    json: bool
    jobs: int | None
    as_is: bool
    keep_time: bool
    seed: int | None
    html: Path | None
    settings: Sequence[tuple[str, Any]]
    incident: "Incident | None" = None
    reading: Literal["strict", "lenient"] = "strict"


@dataclass(frozen=True)
class Incident:
    """What to replay from an audit log, and where to save it."""

    cause: str
    since: str
    stage: str | None
    save: Path | None


def replay(
    *paths: Annotated[
        Files,
        Parameter(
            help="the file of an event or a scenario, a folder of them (events in the order of"
            " their times; its scenarios/ too), or - for standard input; without one, all of"
            " events/. Events come as JSON or JSON Lines, alone or in what queues, logs and the AWS"
            " CLI give",
        ),
    ],
    verbose: Annotated[
        bool,
        Parameter(
            name=["--verbose", "-v"],
            help="show every call, as for a single file, not just a line for each event and"
            " scenario",
        ),
    ] = False,
    quiet: Annotated[
        bool, Parameter(name=["--quiet", "-q"], help="show only failures and the summary")
    ] = False,
    json: Json = False,
    jobs: Annotated[
        int | None,
        Parameter(
            metavar="N",
            converter=taken_by(at_least_one),
            help="how many processes play scenarios; the output is the same (default: one per"
            " core)",
        ),
    ] = None,
    as_is: Annotated[
        bool,
        Parameter(
            help="do not bring the emulator into the state that each event implies (events only)"
        ),
    ] = False,
    keep_time: Annotated[
        bool, Parameter(help="deliver without letting time pass (events only)")
    ] = False,
    seed: Annotated[
        int | None,
        Parameter(
            metavar="N",
            help="determines the order of concurrent work (default: 0, or the scenario's own)",
        ),
    ] = None,
    reading: Reading = "strict",
    html: Annotated[
        Path | None,
        Parameter(
            metavar="FILE",
            help="also write a page to look at all of it: one file, which any browser opens",
        ),
    ] = None,
    settings: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set",
            metavar="a.b=c",
            help="change a setting of the ivskit block in cdk.json, such as policy.grace=10s;"
            " overrides a scenario's settings",
        ),
    ] = (),
    from_audit: Annotated[
        str | None,
        Parameter(
            metavar="CAUSE",
            help="instead of files: what the audit log of a stage says of a command, stream or"
            " event, as a scenario",
        ),
    ] = None,
    save: Annotated[
        Path | None, Parameter(metavar="FILE", help="save that scenario (with --from-audit)")
    ] = None,
    since: Annotated[
        str, Parameter(metavar="AGE", help="how far back to look (with --from-audit)")
    ] = "1d",
    stage: Stage = None,
) -> bool:
    """Run events and scenarios through the synthesized template, on this machine.

    They run on the embedded emulator: no AWS account, no Docker. All events of an account and
    region share one world, each scenario has a world of its own. Exit 0 success, 1 a message is in
    dead letters, an invariant is broken or a scenario failed, 2 wrong usage.

    For example:
      ivskit replay events/stream-state-change.stream-end.json
      ivskit replay --set policy.grace=10s events/scenarios
      ivskit replay --from-audit 0b1c6a2e-5d9f-4c37-8a40-91be7a60d3c5 --save incident.json
    """
    one_of(verbose=verbose, quiet=quiet, json=json)
    if from_audit is None and save is not None:
        raise WrongUsage("--save takes --from-audit CAUSE: without it there is nothing to save")
    if from_audit is not None and paths:
        raise WrongUsage("replay takes files or --from-audit CAUSE, not both")
    incident = None if from_audit is None else Incident(from_audit, since, stage, save)
    given = [*settings_of(settings)]
    return _act(
        Asked(
            paths,
            verbose,
            quiet,
            json,
            jobs,
            as_is,
            keep_time,
            seed,
            html,
            given,
            incident,
            reading,
        )
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


def _act(asked: Asked) -> bool:
    """Replay, print what happens as it goes, and return whether all is well."""
    root = project_or_own()
    with ExitStack() as stack:
        stack.enter_context(_rare_collections())
        screen = None if asked.json else stack.enter_context(_screen())
        inputs = _read(asked, root)
        # The imported modules stay, and collecting garbage in them takes longer than many a
        # reaction.
        gc.freeze()
        gc.enable()
        output = _output(screen, inputs, asked)
        for note in inputs.notes:
            output.say(note)
        recordings = _replay(inputs, output, asked, root)
        well = output.end()
        if asked.html is not None:
            _write(recordings, asked.html, output)
        return well


def _write(recordings: "Sequence[Recording]", file: Path, output: "Output") -> None:
    from ivskit_local.dev.html import as_html

    try:
        file.write_text(as_html(recordings), encoding="utf-8")
    except OSError as error:
        raise WrongUsage(f"--html: {file}: {error.strerror}") from error
    output.say(f"{file} shows all of it: open it in a browser")


def _screen() -> "Screen":
    from ivskit_cli.screen import Screen

    screen = Screen()
    screen.progress("reading events and scenarios")
    return screen


def _read(asked: Asked, root: Path) -> "Inputs":
    from ivskit_local.samples import read_inputs

    if asked.incident is not None:
        return _inputs_of(asked.incident)
    events = os.path.relpath(root / "events")
    return read_inputs(list(asked.paths) or [events], stdin=_standard_input)


def _inputs_of(asked: Incident) -> "Inputs":
    from ivskit_cli.audit_log import AuditLog
    from ivskit_cli.deployed import client_of
    from ivskit_cli.incident import incident
    from ivskit_local.samples import Inputs
    from ivskit_local.scenarios.format import parse_scenario

    stage = stage_of(asked.stage)
    log = AuditLog(client_of("logs"), stage=stage, since=moment_of(asked.since))
    document = incident(log, asked.cause)
    name = f"{asked.cause}.json" if asked.save is None else str(asked.save)
    script = parse_scenario(name, document)
    if asked.save is not None:
        _save(asked.save, document)
    return Inputs(samples=[], scripts=[script])


def _save(file: Path, document: Any) -> None:
    try:
        file.write_text(json_format.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise NotDone(f"{file}: {error.strerror}") from error


def _output(screen: "Screen | None", inputs: "Inputs", asked: Asked) -> "Output":
    from ivskit_cli.replay_output import Detail, Document, Page

    if screen is None:
        return Document()
    paths = asked.paths
    one_file = asked.incident is not None or (len(paths) == 1 and not Path(paths[0]).is_dir())
    if asked.quiet:
        return Page(screen, inputs, Detail.SUMMARY)
    return Page(screen, inputs, Detail.FULL if asked.verbose or one_file else Detail.LINES)


def _replay(inputs: "Inputs", output: "Output", asked: Asked, root: Path) -> "Sequence[Recording]":
    """Replay all of it, and return what a page shows of it, where that is asked for."""
    from ivskit_local.dev.html import recording_of, recordings_of
    from ivskit_local.runtime.clock import NeverSettles
    from ivskit_local.scenarios.processes import Part, cores, playing

    given = list(asked.settings)
    of_each = [[*script.scenario.settings.items(), *given] for script in inputs.scripts]
    for_samples, *for_scripts = _synthesized([given, *of_each], output, root)
    parts = [
        Part(script, templates, root, asked.seed, asked.html is not None, asked.reading)
        for script, templates in zip(inputs.scripts, for_scripts, strict=True)
    ]
    try:
        with playing(parts, jobs=asked.jobs or cores()) as results:
            report = _replay_samples(inputs.samples, for_samples, output, asked, root)
            output.events_over(report)
            recordings = [*recordings_of(report)]
            for played in results:
                output.scenario(played)
                recordings += recording_of(played)
    except NeverSettles as error:
        raise NotDone(str(error)) from error
    return recordings


def _synthesized(
    all_settings: Sequence[Sequence[tuple[str, Any]]], output: "Output", root: Path
) -> Sequence["Templates"]:
    """The templates for each settings. Equal ones are synthesized once, before anything runs."""
    from ivskit_local.runtime.synth import overrides_of, synthesize

    all_overrides = {json_format.dumps(each): overrides_of(each) for each in all_settings}
    templates: dict[str, Templates] = {}
    for number, (key, overrides) in enumerate(all_overrides.items(), 1):
        output.progress(f"synthesizing the app: settings {number} of {len(all_overrides)}")
        templates[key] = synthesize(root, overrides=overrides)
    return [templates[json_format.dumps(each)] for each in all_settings]


def _replay_samples(
    samples: Sequence["Sample"],
    templates: "Templates",
    output: "Output",
    asked: Asked,
    root: Path,
) -> "Report":
    from ivskit_local.replay import NOTHING, replay

    if not samples:
        return NOTHING
    return replay(
        samples,
        templates,
        project_root=root,
        as_is=asked.as_is,
        keep_time=asked.keep_time,
        seed=asked.seed or 0,
        record=asked.html is not None,
        say=output.say,
        show=output.event,
        reading=asked.reading,
    )


def _standard_input() -> str | bytes:
    if sys.stdin is None:
        return ""
    # PowerShell pipes in encodings of its own.
    binary = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read() if binary is None else bytes(binary.read())
