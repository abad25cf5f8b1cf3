"""`ivskit check`: validate settings, events and scenarios, without running any of them."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import stage_name
from ivskit_cli.project import project_root
from ivskit_local.errors import WrongUsage

CDK_JSON = "cdk.json"
_OF_STAGE = re.compile(r"ivskit\.(.+)\.json")


@dataclass(frozen=True)
class Deployment:
    """The settings of one stage of a project; without one, of the stage that cdk.json names."""

    project: Path
    stage: str | None = None


def check(
    *paths: Annotated[
        str,
        Parameter(
            name="PATH",
            help="cdk.json, the file of a stage (ivskit.prod.json), the file of an event or a"
            " scenario, or a folder of these; without one, all settings of the project, and its"
            " events/",
        ),
    ],
) -> bool:
    """Validate settings, events and scenarios, without running them.

    Validates the settings in cdk.json and in the files of stages beside it, by starting the app as
    `cdk synth` does, and events and scenarios as `ivskit replay` reads them. Settings in the
    environment do not count. Prints one line for each finding. Exit 0 no finding, 1 findings,
    2 wrong usage.

    For example:
      ivskit check
      ivskit check ivskit.prod.json my-scenarios/
    """
    from ivskit_local.samples import files_in

    files: list[Path] = []
    for path in [Path(path) for path in paths] or _of_project():
        if not path.exists():
            raise WrongUsage(f"{path}: there is no such file or folder")
        files += files_in(path) if path.is_dir() else [path]
    checked = list(dict.fromkeys(each for file in files for each in _to_check(file)))
    findings = dict.fromkeys(line for each in checked for line in _findings(each))
    for finding in findings:
        print(finding, flush=True)
    print(f"ivskit: checked {_counted(checked)}: {len(findings)} finding(s)", file=sys.stderr)
    return not findings


def _of_project() -> list[Path]:
    root = Path(os.path.relpath(project_root()))
    events = root / "events"
    return [root / CDK_JSON, *([events] if events.is_dir() else [])]


def _to_check(file: Path) -> Iterator[Path | Deployment]:
    of_stage = _OF_STAGE.fullmatch(file.name)
    if file.name == CDK_JSON:
        # It is below the files of all stages.
        yield Deployment(file.parent)
        for other in sorted(file.parent.glob("ivskit.*.json")):
            yield from _to_check(other)
    elif of_stage:
        yield Deployment(file.parent, of_stage[1])
    else:
        yield file


def _findings(checked: Path | Deployment) -> Iterator[str]:
    from ivskit_local.samples import read_inputs

    if isinstance(checked, Deployment):
        yield from _of_settings(checked)
        return
    try:
        read_inputs([str(checked)], stdin=str)
    except WrongUsage as error:
        yield str(error)


def _of_settings(deployment: Deployment) -> Iterator[str]:
    from ivskit_local.runtime.synth import NoCdk, SynthFailed, try_app

    try:
        stage = None if deployment.stage is None else stage_name(deployment.stage)
        try_app(deployment.project, stage=stage)
    except ValueError as error:
        yield f"{deployment.project / f'ivskit.{deployment.stage}.json'}: the stage {error}"
    except SynthFailed as error:
        lines = str(error).splitlines()
        # Of a traceback, the last line says what went wrong.
        yield from lines if lines[0].startswith(("ivskit", "stages")) else lines[-1:]
    except NoCdk:
        raise
    except WrongUsage as error:
        yield str(error)


def _counted(checked: Sequence[Path | Deployment]) -> str:
    stages = sum(isinstance(each, Deployment) for each in checked)
    return f"the settings of {stages} stage(s), {len(checked) - stages} file(s)"
