"""The README's section about the layer, run on the emulator as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ivskit.client import Ivs
from ivskit_local import emulator

README = Path(__file__).parents[3] / "README.md"
SECTION = re.compile(r"^## Use the layer in your own functions\n(.*?)(?=^## |\Z)", re.M | re.S)
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.M | re.S)


def examples() -> list[str]:
    """The section's Python, block by block."""
    section = SECTION.search(README.read_text())
    assert section is not None
    return EXAMPLE.findall(section[1])


def test_the_readmes_examples_do_what_they_say(
    ivs: Ivs,
    backend: emulator.IVSBackend,
    clock: time_machine.Traveller,
    capsys: pytest.CaptureFixture[str],
) -> None:
    key = generate_private_key(SECP384R1())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    ivs.playback_keys.add(public.decode())
    made = ivs.channels.create(authorized=True)
    arn = made.channel.arn
    backend.connect(made.stream_key.value.get_secret_value())
    clock.shift(60)
    backend.watch(arn, 7)
    known: dict[str, Any] = {
        "channel_arn": arn,
        "viewer_ids": ["viewer-1", "v" * 41],
        "private_key": private.decode(),
    }

    for example in examples():
        exec(example, known)

    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [f"{arn} is live for 7 viewers", "stopped"]
    assert said[2].startswith("v" * 41)
    assert said[2].endswith("viewerSessions[0].viewerId: at most 40 characters, not 41")
    assert len(said) == 3
    assert [item.text for item in backend.metadata] == ['{"goal": "home"}']
    assert backend.revocations.covers(arn, "viewer-1", 1_795_190_400)
    assert backend.play(known["token"]).allowed
