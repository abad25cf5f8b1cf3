"""The default deployment, synthesized once for all tests of the stacks."""

import json
from typing import Any

import pytest

from tests.stacks.synthesized import (
    Synthesized,
    SynthesizedWith,
    Template,
    overlaid,
    synthesize,
)


@pytest.fixture(scope="session")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """What the settings in cdk.json deploy."""
    return synthesize(tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def synthesized_with(
    synthesized: Synthesized, tmp_path_factory: pytest.TempPathFactory
) -> SynthesizedWith:
    """What other settings deploy, each synthesized once: it is for reading alone."""
    made = {json.dumps(overlaid({}), sort_keys=True): synthesized}

    def of(**settings: Any) -> Synthesized:
        key = json.dumps(overlaid(settings), sort_keys=True)
        if key not in made:
            made[key] = synthesize(tmp_path_factory.mktemp("cdk.out"), **settings)
        return made[key]

    return of


@pytest.fixture(scope="session")
def automation(synthesized: Synthesized) -> Template:
    """The template of the automation stack."""
    return synthesized.automation


@pytest.fixture(scope="session")
def monitoring(synthesized: Synthesized) -> Template:
    """The template of the monitoring stack."""
    return synthesized.monitoring
