"""Real video: ffmpeg's test picture, sent to a channel."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib import import_module

from botocore.httpsession import DEFAULT_CA_BUNDLE
from pydantic import SecretStr

END_SECONDS = 10
# An encoder whose run was killed ends by itself.
LONGEST_SECONDS = "7200"
PICTURE = "testsrc2=size=640x360:rate=30"
TONE = "sine=frequency=440:sample_rate=44100"
# Well under what a BASIC channel may take.
ENCODING = (
    *("-t", LONGEST_SECONDS),
    *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"),
    *("-g", "60", "-b:v", "600k", "-maxrate", "600k", "-bufsize", "1200k"),
    *("-c:a", "aac", "-b:a", "64k", "-f", "flv"),
)


def ffmpeg() -> str | None:
    """The program, on the PATH or from the package imageio-ffmpeg; None without any."""
    found = shutil.which("ffmpeg")
    if found:
        return found
    try:
        return str(import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except ImportError:
        return None


class Encoders:
    """One process per channel.

    Its arguments contain the stream key, so whoever may list the processes of this machine can
    read the key for as long as the stream lasts; the channel is deleted afterwards.
    """

    def __init__(self, program: str) -> None:
        self._program = program
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, channel_arn: str, key: SecretStr, ingest: str) -> None:
        """Send to the channel until `stop`."""
        target = f"rtmps://{ingest}:443/app/{key.get_secret_value()}"
        sources = ("-re", "-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", TONE)
        # What it prints names the key.
        self._running[channel_arn] = subprocess.Popen(  # noqa: S603 - the program that was found
            [self._program, *sources, *ENCODING, target],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # An ffmpeg that brings its own OpenSSL knows no certificates, and refuses all.
            env={"SSL_CERT_FILE": str(DEFAULT_CA_BUNDLE), **os.environ},
        )

    def stop(self, channel_arn: str) -> None:
        """End the encoder of this channel, if there is one."""
        process = self._running.pop(channel_arn, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        """End them all."""
        for channel_arn in list(self._running):
            self.stop(channel_arn)
