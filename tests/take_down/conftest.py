"""The app's own templates with an audience and an index, and a region with one channel."""

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from tests.pruned import pruned
from tests.samples import sample
from tests.worlds import ROOT, OpenWorld, opener

FUNCTIONS = (
    "take_down",
    "stop_stream",
    "restrict_playback",
    "rotate_stream_key",
    "plan_revocation",
    "revoke_viewers",
    "index_recordings",
)
SETTINGS = {"revocation": {"audience": True}, "recordings": {"index": True}}


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The synthesized app, as far as a take-down goes."""
    return pruned(synthesize(ROOT, overrides=SETTINGS), *FUNCTIONS)


@pytest.fixture
def open_world(templates: Templates) -> OpenWorld:
    """Opens a world with one managed channel, which is live."""
    return opener(templates, sample("stream-state-change.stream-start"))
