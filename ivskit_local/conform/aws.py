"""AWS: time that passes by itself, ffmpeg for encoders, a rule and a queue for events, HTTPS."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import urllib3
from pydantic import SecretStr

from ivskit import quotas
from ivskit_local.conform.around import ANSWER_SECONDS, Bare, Emulated, Pace
from ivskit_local.conform.beside import Beside
from ivskit_local.conform.probe import Need
from ivskit_local.conform.video import Encoders
from ivskit_local.errors import NotDone


class Aws(Bare):
    """The real service. Without ffmpeg, `encoders` is None, and nothing needs a live stream."""

    patience = 180.0

    def __init__(self, beside: Beside, encoders: Encoders | None) -> None:
        self._beside = beside
        self._encoders = encoders
        self._pace = Pace(quotas.RATES)
        self._http = urllib3.PoolManager(retries=False, timeout=ANSWER_SECONDS)
        self.has = frozenset({Need.EVENTS})
        if encoders:
            self.has |= {Need.LIVE, Need.PLAYBACK}

    def wait(self, seconds: float) -> datetime:
        time.sleep(seconds)
        return datetime.now(UTC)

    def pace(self, operation: str) -> None:
        self._pace.wait(operation)

    def go_live(self, channel_arn: str, key: SecretStr, ingest: str) -> None:
        self._beside.listen()
        if self._encoders:
            self._encoders.start(channel_arn, key, ingest)

    def hang_up(self, channel_arn: str) -> None:
        if self._encoders:
            self._encoders.stop(channel_arn)

    def events(self) -> list[dict[str, Any]]:
        return self._beside.received()

    def plays(self, url: str, channel_arn: str, token: str | None, origin: str | None) -> bool:
        fields = {} if token is None else {"token": token}
        headers = {} if origin is None else {"Origin": origin}
        try:
            answer = self._http.request("GET", url, fields=fields, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            # Neither the URL, which has the token, nor what is in the error.
            raise NotDone(f"the playlist: {type(error).__name__}") from None
        return answer.status == 200

    def bucket(self) -> str:
        return self._beside.bucket()

    def close(self) -> list[str]:
        if self._encoders:
            self._encoders.close()
        return self._beside.close()


class EmulatedWithBus(Emulated):
    """Our emulator, whose events another emulator of AWS gets, where a rule and a queue wait."""

    def __init__(self, url: str, beside: Beside) -> None:
        super().__init__(url)
        self._beside = beside
        beside.listen()

    def events(self) -> list[dict[str, Any]]:
        return self._beside.received()

    def close(self) -> list[str]:
        return self._beside.close()
