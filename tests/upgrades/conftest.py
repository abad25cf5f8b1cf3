"""The last release, beside this one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivskit.outcomes import FORMER_NAMES
from ivskit_local.runtime.put_events import Published
from ivskit_local.runtime.world import World
from tests.upgrades.last_release import NotInHistory, unpacked
from tests.upgrades.record import play, recorded


@pytest.fixture(scope="session")
def last_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The functions of the last release."""
    try:
        return unpacked(tmp_path_factory.mktemp("last-release"))
    except NotInHistory as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def moment_of_last() -> Any:
    """What the last release kept and sent at the end of the recorded scenario."""
    return recorded("moment")


@pytest.fixture(scope="session")
def moment_of_this() -> Any:
    """What this release keeps and sends there."""
    return play()


@pytest.fixture
def present_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The laws know outcomes by their present names, also those of the last release."""
    published = vars(World)["published"].fget

    def renamed(world: World) -> list[Published]:
        return [_renamed(put) for put in published(world)]

    monkeypatch.setattr(World, "published", property(renamed))


def _renamed(put: Published) -> Published:
    name = put.event["detail-type"]
    return replace(put, event={**put.event, "detail-type": FORMER_NAMES.get(name, name)})
