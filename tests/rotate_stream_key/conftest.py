"""The app's own templates, and a stage to rotate keys on."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
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
        *,
        tags: Mapping[str, str] = MANAGED,
        policy: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Iterator[World]:
        wanted = _with_policy(templates, policy or {})
        with World(wanted, project_root=ROOT, start=START, **options) as world:
            event = sample("stream-state-change.stream-end")
            emulator.bring_to(emulator.backend, event, tags=dict(tags))
            yield world

    return open_it


def _with_policy(templates: Templates, policy: Mapping[str, str]) -> Templates:
    """The same app, as these settings would have it."""
    changed: dict[str, Any] = deepcopy(dict(templates))
    for template in changed.values():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                variables = resource["Properties"]["Environment"]["Variables"]
                settings = json.loads(variables["IVSKIT_POLICY"])
                variables["IVSKIT_POLICY"] = json.dumps(settings | policy)
    return changed
