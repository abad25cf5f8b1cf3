"""The app with an audience, and a channel that is not live."""

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from tests.pruned import pruned
from tests.samples import sample
from tests.worlds import ROOT, OpenWorld, opener

REVOCATION = ("plan_revocation", "revoke_viewers")


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The synthesized app, as those have it who issue tokens through ivskit."""
    revocation = {"audience": True, "session_versions": "unix-seconds"}
    templates = synthesize(ROOT, overrides={"revocation": revocation})
    return pruned(templates, *REVOCATION)


@pytest.fixture
def open_world(templates: Templates) -> OpenWorld:
    """Opens a world with one managed channel that is not live."""
    return opener(templates, sample("stream-state-change.stream-end"))


@pytest.fixture
def open_world_without_audience() -> OpenWorld:
    """The same with the app as it is by default."""
    return opener(pruned(synthesize(ROOT), *REVOCATION), sample("stream-state-change.stream-end"))


@pytest.fixture
def open_world_with_other_versions() -> OpenWorld:
    """The same, where session versions are no times."""
    templates = synthesize(ROOT, overrides={"revocation": {"audience": True}})
    return opener(pruned(templates, *REVOCATION), sample("stream-state-change.stream-end"))
