"""A stage that `ivskit dev` serves, one for the tests of each file."""

from collections.abc import Iterator

import pytest

from tests.ivskit_local.dev.wires import Served, served


@pytest.fixture(scope="module")
def world() -> Iterator[Served]:
    with served() as one:
        yield one
