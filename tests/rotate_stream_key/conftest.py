"""The app's own templates, and a stage to rotate keys on."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ivskit_local import emulator
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from tests.samples import sample

ROOT = Path(__file__).parents[2]
START = datetime(2026, 11, 20, 16, 47, 31, tzinfo=UTC)

OpenWorld = Callable[..., AbstractContextManager[World]]


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The synthesized app."""
    return synthesize(ROOT)


@pytest.fixture
def open_world(templates: Templates) -> OpenWorld:
    """Opens a world with one managed channel whose stream has just ended."""

    @contextmanager
    def open_it(
        tags: dict[str, str] = MANAGED, templates: Templates = templates, **options: Any
    ) -> Iterator[World]:
        with World(templates, project_root=ROOT, start=START, **options) as world:
            event = sample("stream-state-change.stream-end")
            emulator.bring_to(emulator.backend, event, tags=tags)
            yield world

    return open_it
