"""The app with an audience, and a channel that is not live."""

import pytest

from ivskit_local.runtime.synth import Templates
from tests.revocations import revoking
from tests.samples import sample
from tests.worlds import OpenWorld, opener


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The synthesized app, as those have it who issue tokens through ivskit."""
    return revoking(audience=True, session_versions="unix-seconds")


@pytest.fixture
def open_world(templates: Templates) -> OpenWorld:
    """Opens a world with one managed channel that is not live."""
    return opener(templates, sample("stream-state-change.stream-end"))
