"""The app's own templates, and a region with one channel."""

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from tests.pruned import pruned
from tests.samples import sample
from tests.worlds import ROOT, OpenWorld, opener


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The synthesized app, as far as this function and the sweep go."""
    return pruned(synthesize(ROOT), "restrict_playback", "reconcile_streams")


@pytest.fixture
def open_world(templates: Templates) -> OpenWorld:
    """Opens a world with one managed channel, which is not live."""
    return opener(templates, sample("command.restrict-playback"))
