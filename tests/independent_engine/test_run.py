"""The run as a test; pytest leaves it out unless it is asked for."""

import subprocess
import sys

import pytest

from tests.independent_engine.ministack import PROJECT


@pytest.mark.independent_engine
def test_the_app_works_on_an_independent_engine() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.independent_engine"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
