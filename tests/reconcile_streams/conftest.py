"""The app's own templates, and a channel that is not live."""

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from tests.pruned import pruned
from tests.samples import sample
from tests.worlds import ROOT, OpenWorld, opener


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The synthesized app, as far as the sweep goes and those that it sends messages to."""
    return pruned(synthesize(ROOT), "reconcile_streams", "rotate_stream_key", "stop_stream")


@pytest.fixture
def open_world(templates: Templates) -> OpenWorld:
    """Opens a world with one managed channel that is not live."""
    return opener(templates, sample("stream-state-change.stream-end"))
