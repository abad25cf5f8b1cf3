"""The ids, ARNs and secrets that IVS makes up, in its formats, repeatable by seed."""

import hashlib
import string
from random import Random
from typing import Any
from uuid import UUID

ALPHANUMERICS = string.ascii_letters + string.digits


class Identifiers:
    """Makes identifiers for one account and region; without a seed they are random."""

    def __init__(self, account_id: str, region: str, seed: str | None) -> None:
        self._account_id = account_id
        self._region = region
        self._host = hashlib.sha256(f"{account_id}/{region}".encode()).hexdigest()[:12]
        self.seed(seed)

    def seed(self, seed: str | int | None) -> None:
        """Restart the sequence of a seed; None: start a random one."""
        self._random = Random(seed)

    @property
    def sequence(self) -> Any:
        """How far the sequence is, to be set again in another process."""
        return self._random.getstate()

    @sequence.setter
    def sequence(self, sequence: Any) -> None:
        self._random.setstate(sequence)

    def arn(self, kind: str) -> str:
        return f"arn:aws:ivs:{self._region}:{self._account_id}:{kind}/{self._letters(12)}"

    def stream_id(self) -> str:
        return f"st-{self._letters(23)}"

    def stream_key_value(self) -> str:
        return f"sk_{self._region}_{self._letters(12)}_{self._letters(30)}"

    def passphrase(self) -> str:
        return self._letters(40)

    def ad_break_id(self) -> str:
        return self._letters(12)

    def recording_id(self) -> str:
        return self._letters(12)

    def recording_session_id(self) -> str:
        return self._letters(16)

    def event_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    @property
    def ingest_endpoint(self) -> str:
        return f"{self._host}.global-contribute.live-video.net"

    @property
    def srt_endpoint(self) -> str:
        return f"srt://{self._host}.srt.live-video.net:9000"

    def playback_url(self, channel_arn: str) -> str:
        place = f"{self._region}.{self._account_id}.channel.{channel_arn.rpartition('/')[2]}"
        host = f"{self._host}.{self._region}.playback.live-video.net"
        return f"https://{host}/api/video/v1/{place}.m3u8"

    def _letters(self, count: int) -> str:
        return "".join(self._random.choices(ALPHANUMERICS, k=count))
