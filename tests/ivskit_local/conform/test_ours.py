"""Our emulator answers every probe that it can be asked as expected."""

from collections.abc import Iterator

import pytest

from ivskit_local.conform import endpoints
from ivskit_local.conform.catalog import GROUPS, all_probes, chosen
from ivskit_local.conform.place import Place
from ivskit_local.conform.run import run


@pytest.fixture
def place() -> Iterator[Place]:
    with endpoints.emulator(rates=True) as place:
        yield place


@pytest.mark.parametrize("group", GROUPS)
def test_the_emulator_agrees_with_every_probe_that_can_be_asked(group: str, place: Place) -> None:
    outcomes = list(run(chosen([group]), place))

    assert [(o.probe.name, o.answer) for o in outcomes if o.result == "differs"] == []
    skipped = [o.probe for o in outcomes if o.result == "skipped"]
    assert [probe.name for probe in skipped if not probe.cannot] == []
    assert len(skipped) < len(outcomes)
    # Nothing is left behind.
    assert place.made.left == []
    assert place.ask("ListChannels").body["channels"] == []
    assert place.ask("ListPlaybackKeyPairs").body["keyPairs"] == []
    assert place.ask("ListRecordingConfigurations").body["recordingConfigurations"] == []


def test_at_least_250_probes_can_be_asked() -> None:
    assert sum(not probe.cannot for probe in all_probes()) >= 250
