"""The `ivskit` command."""

import argparse
import gc
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ivskit_local.errors import NotDone, WrongUsage
from ivskit_local.project import context_of

if TYPE_CHECKING:
    from ivskit_cli.jobs import Revocations
    from ivskit_local.replay import Report
    from ivskit_local.samples import Sample
    from ivskit_local.scenarios.format import Script
    from ivskit_local.scenarios.play import Played

# A command imports what it needs when it runs: the emulator is to be ready within a second, and
# what a replay needs takes longer than that to import.

OK, FAILED, USAGE = 0, 1, 2
# What shells expect of a program that Ctrl-C ended.
INTERRUPTED = 130
LAST_PORT = 65_535
# What the extra brings, as it is imported.
LOCAL_EXTRA = {"h11", "joserfc", "moto", "time_machine"}
_OF_WHICH_STAGE = "of which stage (default: the one in cdk.json, or dev)"


def run() -> NoReturn:
    """The console script."""
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("ivskit: interrupted", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None


def main(argv: Sequence[str]) -> int:
    """Run the command: 0 all well, 1 a failure or a broken invariant, 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    act: Callable[[argparse.Namespace], int] = arguments.act
    try:
        ended = act(arguments)
        print(end="", flush=True)
    except BrokenPipeError:
        # Whoever reads has read enough, `head` for one; nothing is written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (NotDone, WrongUsage) as error:
        print(f"ivskit: {error}", file=sys.stderr)
        return FAILED if isinstance(error, NotDone) else USAGE
    except ModuleNotFoundError as missing:
        package = str(missing.name).partition(".")[0]
        if package not in LOCAL_EXTRA:
            raise
        print(f'ivskit: {package} is not installed: pip install "ivskit[local]"', file=sys.stderr)
        return USAGE
    return ended


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ivskit", description="Automation for Amazon IVS.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _describe_replay(
        commands.add_parser(
            "replay",
            help="run events and scenarios through the synthesized template, on this machine",
            description="Run events and scenarios through the synthesized template on the embedded"
            " emulator: no AWS account, no Docker. All events of an account and region take"
            " place in one world, each scenario in a world of its own. Exit 0 all well, 1"
            " a message is in dead letters, an invariant is broken or a scenario failed, 2 wrong"
            " usage.",
        )
    )
    _describe_emulator(
        commands.add_parser(
            "emulator",
            help="serve the emulator of IVS to any SDK",
            description="Serve the emulator of Amazon IVS over HTTP to the SDK of any language,"
            " until Ctrl-C. What the cloud has no API for is under /_ivs/: encoders, faults, the"
            " clock, the events sent so far.",
        )
    )
    _describe_audit(
        commands.add_parser(
            "audit",
            help="tell from a deployment's audit log what was asked and done",
            description="Read the audit log of a deployment, with your own AWS credentials and"
            " region, and list in order of time what ivskit was asked to do and what it did. Needs"
            " logs:FilterLogEvents. Exit 0 something was found, 1 nothing was or the log cannot be"
            " read, 2 wrong usage.",
        )
    )
    _describe_jobs(
        commands.add_parser(
            "jobs",
            help="show, watch, cancel and resume revocations of viewers",
            description="Show the revocations of a deployed stage, newest first, or the one named;"
            " with cancel, leave the viewers alone that are not revoked yet; with resume, go on."
            " Account, region and credentials come from the usual AWS environment.",
        )
    )
    _describe_doctor(
        commands.add_parser(
            "doctor",
            help="examine the account and a deployed stage, and say what to do",
            description="Examine the account and a stage in it: region, deployment, tables, other"
            " stages, and the limits of Lambda and IVS. Changes nothing. A check that is not"
            " possible, such as one that the credentials do not allow, is said to be unknown."
            " Account, region and credentials come from the usual AWS environment. Exit 0 no"
            " advice, 1 there is advice or the stage could not be examined.",
        )
    )
    _describe_pause(
        commands.add_parser(
            "pause",
            help="pause the automation of a deployed stage at once, without a deploy",
            description="Pause the automation of a deployed stage at once: until ivskit resume it"
            " decides everything, says what it would do, and does nothing. Commands of people act"
            " all the same. Account, region and credentials come from the usual AWS environment.",
        )
    )
    _describe_resume(
        commands.add_parser(
            "resume",
            help="let a paused stage act again",
            description="Let a paused stage act again. Account, region and credentials come from"
            " the usual AWS environment.",
        )
    )
    return parser


def _describe_jobs(parser: argparse.ArgumentParser) -> None:
    _describe_stage(parser)
    parser.add_argument(
        "words",
        nargs="*",
        metavar="[cancel | resume] [ID]",
        help="the id of a job: its command's, or that of the stream that it follows",
    )
    parser.add_argument("--watch", action="store_true", help="until all that is shown is over")
    parser.add_argument("--reason", metavar="TEXT", help="why it is cancelled or resumed")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(act=_jobs)


def _describe_doctor(parser: argparse.ArgumentParser) -> None:
    _describe_stage(parser)
    parser.set_defaults(act=_doctor)


def _describe_pause(parser: argparse.ArgumentParser) -> None:
    _describe_stage(parser)
    parser.add_argument("--reason", metavar="TEXT", help="why, shown with all that is held back")
    parser.add_argument(
        "--commands-too",
        action="store_true",
        help="refuse commands as well, unless they say force",
    )
    parser.set_defaults(act=_pause)


def _describe_resume(parser: argparse.ArgumentParser) -> None:
    _describe_stage(parser)
    parser.set_defaults(act=_resume)


def _describe_stage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stage", type=_stage_name, help=_OF_WHICH_STAGE)


def _describe_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="an event's or a scenario's file, a folder of them (events in the order of their"
        " times; its scenarios/ too), or - for standard input; without one, all of events/."
        " Events are JSON, JSON Lines or batches of SQS",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--as-is",
        action="store_true",
        help="do not bring the emulator to the state that each event speaks of (events only)",
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
        help="decides the order of what is concurrent (default: 0, or the scenario's own)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="a.b=c",
        help="change a setting of the ivskit block in cdk.json, such as policy.grace=10s; it goes"
        " over a scenario's own",
    )

    parser.set_defaults(act=_replay)


def _describe_emulator(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host",
        type=_host,
        default="127.0.0.1",
        help="where to listen (default: this machine only)",
    )
    parser.add_argument(
        "--port", type=_port, default=4567, help="0 is any that is free (default: 4567)"
    )
    parser.add_argument(
        "--throttling",
        choices=["token-bucket", "sliding-window", "off"],
        default="token-bucket",
        help="how the published quotas are kept (default: token-bucket)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="make the same ids and keys each time (default: random ones)",
    )
    parser.set_defaults(act=_emulator)


def _describe_audit(parser: argparse.ArgumentParser) -> None:
    about = parser.add_mutually_exclusive_group(required=True)
    about.add_argument(
        "--cause",
        metavar="ID",
        help="the whole story that a command, stream or event is part of, by its id",
    )
    about.add_argument("--channel", metavar="ARN", help="all that names a channel, by ARN or id")
    parser.add_argument(
        "--since", default="1d", metavar="AGE", help="how far back, such as 1h (default: 1d)"
    )
    _describe_stage(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(act=_audit)


def _audit(arguments: argparse.Namespace) -> int:
    from ivskit_cli.audit import AuditLog, as_lines
    from ivskit_cli.deployed import client_of

    since = _ago(arguments.since)
    log = AuditLog(client_of("logs"), stage=arguments.stage or _stage(), since=since)
    events = (
        log.of_channel(arguments.channel)
        if arguments.cause is None
        else log.of_cause(arguments.cause)
    )
    for line in [json.dumps(events, indent=2)] if arguments.json else as_lines(events):
        print(line)
    return OK if events else FAILED


def _ago(age: str) -> datetime:
    from ivskit.durations import parse_duration

    try:
        return datetime.now(UTC) - parse_duration(age)
    except (ValueError, OverflowError) as error:
        raise WrongUsage(f"--since: {error}") from error


def _stage() -> str:
    """The stage in cdk.json, or dev where no project is."""
    root = _root_or_none()
    settings = {} if root is None else context_of(root).get("ivskit", {})
    stage = settings.get("stage", "dev") if isinstance(settings, dict) else settings
    try:
        return _stage_name(stage)
    except argparse.ArgumentTypeError as error:
        raise WrongUsage(f"{root}/cdk.json: the stage {error}") from error


def _stage_name(text: object) -> str:
    from ivskit.policy.tags import STAGE

    if not isinstance(text, str) or not STAGE.fullmatch(text):
        raise argparse.ArgumentTypeError(
            "must be up to 16 lower-case letters, digits and inner dashes, beginning with a letter,"
            f" not {text!r}"
        )
    return text


def _host(text: str) -> str:
    try:
        # An empty one would mean every network of this machine.
        is_host = bool(text.encode("idna"))
    except UnicodeError:
        is_host = False
    if not is_host:
        raise argparse.ArgumentTypeError(f"must be a name or an address, not {text!r}")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"must be from 0 to {LAST_PORT}, not {text}")
    return int(text)


def _emulator(arguments: argparse.Namespace) -> int:
    from ivs_emulator.server import serve

    host, port = arguments.host, arguments.port
    throttling = None if arguments.throttling == "off" else arguments.throttling
    try:
        serve(host, port, throttling=throttling, seed=arguments.seed)
    except OSError as error:
        raise WrongUsage(f"{host}:{port}: {error.strerror}") from error
    return OK


def _jobs(arguments: argparse.Namespace) -> int:
    from ivskit_cli.jobs import Revocations

    what, job = _words_about_jobs(arguments.words)
    revocations = Revocations(arguments.stage or _stage())
    if what is not None and job is not None:
        print(revocations.steer(what, job, reason=arguments.reason or ""))
    else:
        _show_jobs(revocations, job, arguments)
    return OK


def _words_about_jobs(words: Sequence[str]) -> tuple[str | None, str | None]:
    """Whether to cancel or resume, and which job."""
    match words:
        case []:
            return None, None
        case [("cancel" | "resume") as what, job]:
            return what, job
        case [job] if job not in ("cancel", "resume"):
            return None, job
    raise WrongUsage("jobs takes at most one ID, and cancel and resume need one")


def _show_jobs(revocations: "Revocations", job: str | None, arguments: argparse.Namespace) -> None:
    from ivskit_cli.jobs import as_document, as_lines

    for shown in revocations.watch(job) if arguments.watch else [revocations.shown(job)]:
        for line in [json.dumps(as_document(shown))] if arguments.json else as_lines(shown):
            print(line, flush=True)


def _doctor(arguments: argparse.Namespace) -> int:
    from ivskit_cli.deployed import client_of
    from ivskit_cli.doctor import examine, is_well

    findings = []
    for finding in examine(arguments.stage or _stage(), client_of):
        findings.append(finding)
        print(finding.line, flush=True)
    return OK if is_well(findings) else FAILED


def _pause(arguments: argparse.Namespace) -> int:
    from ivskit_cli.pausing import pause

    stage, reason = arguments.stage or _stage(), arguments.reason
    print(pause(stage, reason=reason, commands_too=arguments.commands_too, now=datetime.now(UTC)))
    return OK


def _resume(arguments: argparse.Namespace) -> int:
    from ivskit_cli.pausing import resume

    print(resume(arguments.stage or _stage()))
    return OK


def _replay(arguments: argparse.Namespace) -> int:
    from ivskit_local.runtime.clock import NeverSettles
    from ivskit_local.samples import read_inputs

    root = _project_root()
    events = os.path.relpath(root / "events")
    inputs = read_inputs(arguments.paths or [events], stdin=_standard_input)
    # What is imported by now stays, and walking through it takes longer than many a reaction.
    gc.freeze()
    try:
        report = _replay_samples(inputs.samples, arguments, root)
        played = [_play(script, arguments, root) for script in inputs.scripts]
    except NeverSettles as error:
        raise NotDone(str(error)) from error
    for line in _as_json(report, played) if arguments.json else _as_text(report, played):
        print(line)
    return OK if report.ok and all(each.ok for each in played) else FAILED


def _replay_samples(
    samples: Sequence["Sample"], arguments: argparse.Namespace, root: Path
) -> "Report":
    from ivskit_local.replay import NOTHING, replay
    from ivskit_local.runtime.synth import overrides_of, synthesize

    if not samples:
        return NOTHING
    return replay(
        samples,
        synthesize(root, overrides=overrides_of(_settings(arguments.set))),
        project_root=root,
        as_is=arguments.as_is,
        keep_time=arguments.keep_time,
        seed=arguments.seed or 0,
        say=lambda line: print(f"ivskit: {line}", file=sys.stderr),
    )


def _play(script: "Script", arguments: argparse.Namespace, root: Path) -> "Played":
    from ivskit_local.runtime.synth import overrides_of, synthesize
    from ivskit_local.scenarios.play import play

    settings = [*script.scenario.settings.items(), *_settings(arguments.set)]
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


def _project_root() -> Path:
    root = _root_or_none()
    if root is None:
        here = Path.cwd()
        raise WrongUsage(f"there is no cdk.json in {here} or above: run this inside the project")
    return root


def _root_or_none() -> Path | None:
    here = Path.cwd()
    folders = (here, *here.parents)
    return next((folder for folder in folders if (folder / "cdk.json").is_file()), None)


def _settings(given: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """`policy.grace=10s` as path and value; a value may be JSON."""
    for setting in given:
        path, equals, text = setting.partition("=")
        if not (path and equals):
            raise WrongUsage(f"--set takes a.b=c, not {setting!r}")
        yield path, _value(text)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
