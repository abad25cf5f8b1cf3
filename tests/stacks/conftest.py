"""The default deployment, synthesized once for all tests of the stacks."""

import pytest

from tests.stacks.synthesized import Synthesized, Template, synthesize


@pytest.fixture(scope="session")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """What the settings in cdk.json deploy."""
    return synthesize(tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def automation(synthesized: Synthesized) -> Template:
    """The template of the automation stack."""
    return synthesized.automation


@pytest.fixture(scope="session")
def monitoring(synthesized: Synthesized) -> Template:
    """The template of the monitoring stack."""
    return synthesized.monitoring
