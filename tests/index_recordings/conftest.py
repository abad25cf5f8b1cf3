"""Worlds with the sweep and the index of recordings, and one channel that is recorded."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from tests.pruned import pruned
from tests.worlds import ROOT

OpenRun = Callable[..., AbstractContextManager[Run]]
# As the scenarios have them, so that their templates serve.
SETTINGS = {"recordings": {"index": True, "buckets": ["recordings"]}}


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The app with the index, as far as this function and the sweep go."""
    return pruned(synthesize(ROOT, SETTINGS), "index_recordings", "reconcile_streams")


@pytest.fixture
def open_run(templates: Templates) -> OpenRun:
    """Opens a world in which the managed channel `show` is recorded."""

    @contextmanager
    def open_it(*, window: str = "0s", bucket: str = "recordings", **how: Any) -> Iterator[Run]:
        spec = {
            "tags": {"ivskit:managed": "true"},
            "recording": {"bucket": bucket, "reconnect_window": window},
        }
        app = how.pop("templates", templates)
        with World(app, project_root=ROOT, **how) as world:
            yield Run(world, {"show": ChannelSpec.model_validate(spec)}, folder=Path())

    return open_it
