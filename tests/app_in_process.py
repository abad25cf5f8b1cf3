"""The app, run in the process of the tests: its Node loads the CDK once, which takes seconds.

A process of its own makes the same to the byte: `tests/stacks/test_deployments.py` compares them.
"""

import json
import os
import runpy
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ivskit_local.runtime import synth
from ivskit_local.runtime.stored_templates import installed_tools, key_of, sources_hash

ROOT = Path(__file__).parents[1]
# The modules in this process are made of these sources, whatever is edited while tests run.
SOURCES = sources_hash(ROOT)
# A process that is forked from this one must leave its Node alone.
PROCESS = os.getpid()
FOLDER = ROOT / ".cache" / "synth-of-tests"
# As many settings as the tests deploy, and more.
KEPT = 100

run_in_its_own_process = synth._run_app
_fingerprint = synth._fingerprint
_cache = synth._cache
_prune = synth._prune


@contextmanager
def used_by_the_runtime() -> Iterator[None]:
    """Meanwhile the local runtime synthesizes this repository here, and keeps it for later runs.

    Its folder is none of the user's own, where a few are kept, and which any edit of a function
    makes useless: functions are not in a template that is read here.
    """
    with (
        patch.object(synth, "_run_app", _run_app),
        patch.object(synth, "_fingerprint", _made_of),
        patch.object(synth, "_cache", _folder),
        patch.object(synth, "_prune", _pruned),
    ):
        yield


def _is_ours(project_root: Path) -> bool:
    unchanged = project_root == ROOT and sources_hash(ROOT) == SOURCES
    return unchanged and os.getpid() == PROCESS


def _folder(project_root: Path) -> Path:
    return FOLDER if project_root == ROOT else _cache(project_root)


def _pruned(cache: Path) -> None:
    with patch.object(synth, "_KEPT", KEPT if cache == FOLDER else synth._KEPT):
        _prune(cache)


def _made_of(project_root: Path, context: Mapping[str, Any], overrides: Mapping[str, Any]) -> str:
    if not _is_ours(project_root):
        return _fingerprint(project_root, context, overrides)
    tools = [sys.version, installed_tools()]
    return key_of({"of": [context, overrides], "by": tools, "sources": SOURCES})


def _run_app(project_root: Path, environment: Mapping[str, str]) -> None:
    if not _is_ours(project_root):
        return run_in_its_own_process(project_root, environment)
    try:
        run_here(environment, ROOT)
    except (Exception, SystemExit):
        # It fails there too, in its own words.
        run_in_its_own_process(project_root, environment)
    return None


def run_here(environment: Mapping[str, str], folder: Path) -> Any:
    """Run `app.py` as if it were started in this folder with this environment; its app."""
    # Node has the environment of the tests, and may start right here.
    import aws_cdk

    app = partial(
        aws_cdk.App,
        context=json.loads(environment["CDK_CONTEXT_JSON"]),
        outdir=environment["CDK_OUTDIR"],
        builtin_cloud_formation_validation=environment.get("CDK_VALIDATION") != "false",
    )
    with (
        patch.dict(os.environ, environment, clear=True),
        patch.object(aws_cdk, "App", app),
        chdir(folder),
    ):
        return runpy.run_path(str(ROOT / "app.py"))["app"]
