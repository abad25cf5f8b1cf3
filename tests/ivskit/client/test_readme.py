"""The examples of docs/library.md, run on the emulator as they stand there."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import time_machine

import ivs_emulator
from ivskit.client import Ivs

PAGE = Path(__file__).parents[3] / "docs" / "library.md"
EXAMPLE = re.compile(r"^```(python)?\n(.*?)^```", re.M | re.S)


def examples() -> list[tuple[str, str]]:
    """The page's Python and commands, block by block."""
    return EXAMPLE.findall(PAGE.read_text())


def run(command: str) -> None:
    """One line for a shell, as somebody types it in."""
    subprocess.run(shlex.split(command), check=True, capture_output=True)


def test_the_examples_of_the_page_do_what_they_say(
    ivs: Ivs,
    backend: ivs_emulator.IVSBackend,
    clock: time_machine.Traveller,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    made = ivs.channels.create(authorized=True)
    arn = made.channel.arn
    backend.connect(made.stream_key.value.get_secret_value())
    clock.shift(60)
    backend.watch(arn, 7)
    known: dict[str, Any] = {
        "channel_arn": arn,
        "viewer_ids": ["viewer-1", "v" * 41],
    }

    for language, example in examples():
        if language:
            exec(example, known)
        else:
            for command in example.splitlines():
                run(command)
            known["private_key"] = Path("private.pem").read_text()

    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [f"{arn} is live for 7 viewers", "stopped"]
    assert said[2].startswith("v" * 41)
    assert said[2].endswith("viewerSessions[0].viewerId: at most 40 characters, not 41")
    assert len(said) == 3
    assert [item.text for item in backend.metadata] == ['{"goal": "home"}']
    assert backend.revocations.covers(arn, "viewer-1", 1_795_190_400)
    assert backend.play(known["token"]).allowed
