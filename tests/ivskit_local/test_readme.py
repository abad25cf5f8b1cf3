"""The README's example of a test against the emulator, run as it stands there."""

import re
from pathlib import Path
from typing import Any

import boto3
import pytest

from ivs_emulator.pytest_plugin import IvsEmulator, ivs_emulator

README = Path(__file__).parents[2] / "README.md"

__all__ = ["ivs_emulator"]  # pytest finds fixtures by name


def test_the_readmes_test_passes(ivs_emulator: IvsEmulator) -> None:
    found = re.search(r"```python\n(def test_a_stopped.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    known: dict[str, Any] = {"boto3": boto3, "pytest": pytest}
    exec(found[1], known)

    known["test_a_stopped_stream_is_over"](ivs_emulator)
