"""The app's own templates, and two channels that are live."""

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from tests.pruned import pruned
from tests.samples import sample
from tests.worlds import ROOT, OpenWorld, opener

# Stream Start is of interest only to who has welcomes.
WELCOMING = {"metadata": {"welcomes": {"other": {"metadata": "hi"}}}}


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The synthesized app, as far as metadata goes."""
    return pruned(synthesize(ROOT, WELCOMING), "push_metadata", "queue_metadata")


@pytest.fixture
def open_world(templates: Templates) -> OpenWorld:
    """Opens a world with two managed channels that are live."""
    return opener(templates, sample("command.push-metadata"))
