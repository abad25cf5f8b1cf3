"""The project that a command runs in: the folder of cdk.json, and the stage that it names."""

import os
from pathlib import Path

from ivskit_cli.arguments import stage_name
from ivskit_local.errors import WrongUsage
from ivskit_local.project import OWN, context_of


def project_root() -> Path:
    """The folder of cdk.json, here or above; raises WrongUsage where there is none."""
    root = _root_or_none()
    if root is None:
        here = Path.cwd()
        raise WrongUsage(f"there is no cdk.json in {here} or above: run this inside the project")
    return root


def project_or_own() -> Path:
    """The folder of cdk.json, here or above, or else that of ivskit's own project."""
    return _root_or_none() or OWN


def stage_of(given: str | None) -> str:
    """The one given as --stage, else in IVSKIT__STAGE or cdk.json, or dev outside of a project."""
    return given or _stage_in_environment() or _stage_in_project()


def _stage_in_environment() -> str | None:
    """The one that a deploy from the same shell takes."""
    stage = os.environ.get("IVSKIT__STAGE")
    try:
        return None if stage is None else stage_name(stage)
    except ValueError as error:
        raise WrongUsage(f"IVSKIT__STAGE: the stage {error}") from error


def _stage_in_project() -> str:
    root = _root_or_none()
    settings = {} if root is None else context_of(root).get("ivskit", {})
    stage = settings.get("stage", "dev") if isinstance(settings, dict) else settings
    try:
        return stage_name(stage)
    except ValueError as error:
        raise WrongUsage(f"{root}/cdk.json: the stage {error}") from error


def _root_or_none() -> Path | None:
    here = Path.cwd()
    folders = (here, *here.parents)
    return next((folder for folder in folders if (folder / "cdk.json").is_file()), None)
