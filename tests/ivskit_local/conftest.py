"""A fixture for tests that run `ivskit` in the project's folder."""

import pytest

from tests.ivskit_local.replays import ROOT


@pytest.fixture
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the project's folder the current one."""
    monkeypatch.chdir(ROOT)
