"""`ivskit hunt`: random days, played until one breaks a law."""

import json as json_format
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from ivskit_cli.arguments import Json, Reading, Settings, at_least_one, settings_of, span, taken_by
from ivskit_cli.project import project_or_own
from ivskit_local.errors import NotDone, WrongUsage

if TYPE_CHECKING:
    from ivskit_cli.screen import Screen
    from ivskit_local.hunt.hunt import Ground, Hunted, Small

_DAYS, _MOST_DAYS, _MOST_CHANNELS, _LAST_SEED = 20, 100_000, 200, 10**9


def _days(text: str) -> int:
    return _whole(text, 1, _MOST_DAYS)


def _channels(text: str) -> int:
    return _whole(text, 1, _MOST_CHANNELS)


def _seed(text: str) -> int:
    return _whole(text, 0, _LAST_SEED)


def _whole(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ValueError(f"must be from {least} to {most}, not {text}")
    return int(text)


@dataclass(frozen=True)
class Asked:
    """What to hunt for, and for how long."""

    first: int
    days: int | None
    until: timedelta | None
    jobs: int | None
    folder: Path
    json: bool
    channels: int
    settings: Mapping[str, Any]
    reading: Literal["strict", "lenient"]


def hunt(
    *,
    days: Annotated[
        int | None,
        Parameter(
            metavar="N",
            converter=taken_by(_days),
            help=f"how many days at most (default: {_DAYS}, or with --until any number)",
        ),
    ] = None,
    channels: Annotated[
        int,
        Parameter(
            metavar="N",
            converter=taken_by(_channels),
            help="how many channels each day has",
        ),
    ] = 4,
    seed: Annotated[
        int | None,
        Parameter(
            metavar="N",
            converter=taken_by(_seed),
            help="the number of the first day; the next are N+1, N+2 and so on, each the same"
            " whenever it is played (default: others each time)",
        ),
    ] = None,
    until: Annotated[
        timedelta | None,
        Parameter(
            metavar="SPAN",
            converter=taken_by(span),
            help="begin no other day after this long, such as 10m",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        Parameter(
            metavar="N",
            converter=taken_by(at_least_one),
            help="how many processes play days (default: one per core)",
        ),
    ] = None,
    reading: Reading = "strict",
    settings: Settings = (),
    save: Annotated[
        Path,
        Parameter(metavar="DIR", help="the folder in which a day is saved that breaks a law"),
    ] = Path(),
    compare: Annotated[
        bool,
        Parameter(
            negative="",
            help="in place of the laws: play each day, without mishaps, in five more ways, and say"
            " which channels end otherwise",
        ),
    ] = False,
    json: Json = False,
) -> bool:
    """Play random days against the laws, and make the first that breaks one small.

    On a random day encoders drop, starve and reconnect, people send commands and change tags,
    events are late, lost or repeated, functions die and calls fail. A day that breaks a law is
    shrunk to the few steps that break it, and saved as a scenario for `ivskit replay`. Exit 0 all
    laws held, 1 one was broken, 2 wrong usage.

    For example:
      ivskit hunt --until 10m
      ivskit hunt --days 200 --set policy.max_duration=30m
      ivskit hunt --days 20 --compare
    """
    if not save.is_dir():
        raise WrongUsage(f"--save: {save} is not a folder")
    most = _DAYS if days is None and until is None else days
    from ivskit_local.hunt.days import any_seed

    first = any_seed() if seed is None else seed
    given = dict(settings_of(settings))
    asked = Asked(first, most, until, jobs, save, json, channels, given, reading)
    return (_compare if compare else _hunt)(asked)


def _compare(asked: Asked) -> bool:
    root = project_or_own()
    with ExitStack() as stack:
        from ivskit_cli.screen import Screen
        from ivskit_local.hunt.compare import Alike, as_document, as_lines, compare
        from ivskit_local.scenarios.processes import cores

        screen = stack.enter_context(Screen())
        screen.progress("synthesizing the app")
        ground, alike = _ground(root, asked), Alike()
        how: Any = {"first": asked.first, "days": asked.days, "until": asked.until}
        for alike in compare(ground, **how, jobs=asked.jobs or cores()):
            screen.progress(f"compared {alike.days} days")
        screen.progress("")
        end: Any = {"first": asked.first, "channels": asked.channels}
        if asked.json:
            print(json_format.dumps(as_document(alike, **end), indent=2))
        else:
            screen.print(as_lines(alike, **end), fold=True)
    return alike.ok


def _hunt(asked: Asked) -> bool:
    root = project_or_own()
    with ExitStack() as stack:
        from ivskit_cli.screen import Screen

        screen = stack.enter_context(Screen())
        screen.progress("synthesizing the app")
        ground = _ground(root, asked)
        hunted = _last_of(asked, ground, screen)
        small = None if hunted.ok else _shrunk(asked, hunted, ground, screen)
        file = None if small is None else _save(small, asked.folder)
        how = {"channels": asked.channels, "small": small, "file": file}
        _show(asked, hunted, screen, reasons=_reasons(root), **how)
    return hunted.ok


def _reasons(root: Path) -> Sequence[str]:
    from ivskit_local.hunt.reasons import all_reasons
    from ivskit_local.project import OWN

    own = root / "functions"
    # Where ivskit is a construct of another app, its functions are not in the app's folder.
    return all_reasons(own if own.is_dir() else OWN / "functions")


def _show(asked: Asked, hunted: "Hunted", screen: "Screen", **rest: Any) -> None:
    from ivskit_local.hunt.report import as_document, as_lines

    if asked.json:
        screen.progress("")
        print(json_format.dumps(as_document(hunted, first=asked.first, **rest), indent=2))
    else:
        screen.print(as_lines(hunted, first=asked.first, **rest), fold=True)


def _ground(root: Path, asked: Asked) -> "Ground":
    from ivskit_local.hunt.hunt import Ground
    from ivskit_local.runtime.synth import overrides_of, synthesize

    templates = synthesize(root, overrides=overrides_of(asked.settings.items()))
    return Ground(templates, root, asked.channels, asked.settings, asked.reading)


def _last_of(asked: Asked, ground: "Ground", screen: "Screen") -> "Hunted":
    from ivskit_local.hunt.hunt import Hunted, hunt
    from ivskit_local.hunt.report import progress
    from ivskit_local.scenarios.processes import cores

    hunted = Hunted()
    jobs = asked.jobs or cores()
    screen.progress("the first day begins")
    for hunted in hunt(ground, first=asked.first, days=asked.days, until=asked.until, jobs=jobs):
        screen.progress(progress(hunted))
    return hunted


def _shrunk(asked: Asked, hunted: "Hunted", ground: "Ground", screen: "Screen") -> "Small":
    from ivskit_local.hunt.hunt import shrink
    from ivskit_local.scenarios.processes import cores

    if hunted.last is None:
        raise RuntimeError("a hunt without a day broke no law")
    # Who does not wait for the small day needs the seed.
    law = hunted.last.broken[0].law
    screen.say(
        f"seed {hunted.last.seed} breaks the law: {law}; making the day small"
        " (Ctrl-C ends that with the smallest so far)"
    )

    def say(played: int, steps: int) -> None:
        screen.progress(f"making the day small: try {played}, {steps} steps")

    return shrink(ground, hunted.last, say, jobs=asked.jobs or cores())


def _save(small: "Small", folder: Path) -> Path:
    file = folder / f"hunt-{small.seed}.json"
    text = small.day.model_dump_json(indent=2, exclude_defaults=True)
    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise NotDone(f"{file}: {error.strerror}") from error
    return file
