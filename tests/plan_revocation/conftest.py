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


@pytest.fixture
def open_world_without_audience() -> OpenWorld:
    """The same with the app as it is by default."""
    return opener(revoking(), sample("stream-state-change.stream-end"))


@pytest.fixture
def open_world_with_other_versions() -> OpenWorld:
    """The same, where session versions are no times."""
    return opener(revoking(audience=True), sample("stream-state-change.stream-end"))
