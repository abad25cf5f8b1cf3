"""How ffmpeg is started; `test_aws.py` has a script in its place that goes live."""

import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from ivskit_local.conform.video import Encoders


@pytest.mark.parametrize("given", [None, "/own/certificates.pem"])
def test_ffmpeg_finds_certificates(
    given: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any, an ffmpeg that brings its own OpenSSL refuses to connect to IVS."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if given:
        monkeypatch.setenv("SSL_CERT_FILE", given)
    program, found = tmp_path / "ffmpeg", tmp_path / "found"
    program.write_text(
        f'#!/bin/sh\necho "$SSL_CERT_FILE" > {found}.part; mv {found}.part {found}\n'
    )
    program.chmod(0o755)
    encoders = Encoders(str(program))

    encoders.start("arn", SecretStr("sk_test"), "ingest.example")
    deadline = time.monotonic() + 30
    while not found.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    encoders.close()

    certificates = found.read_text().strip()
    assert certificates == given if given else "BEGIN CERTIFICATE" in Path(certificates).read_text()
