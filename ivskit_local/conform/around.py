"""What is around the API of an endpoint: time, encoders, events and players."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import urllib3
from pydantic import SecretStr

from ivskit_local.conform.probe import Need

ANSWER_SECONDS = 30.0
CONTROL = frozenset({Need.LIVE, Need.ENCODER, Need.EVENTS, Need.PLAYBACK})


class Around(Protocol):
    """The needs that are met here, and how; what is not met is never asked for."""

    has: frozenset[Need]
    # How long to wait for something that may never come.
    patience: float

    def now(self) -> datetime:
        """The time as the endpoint sees it."""

    def wait(self, seconds: float) -> datetime:
        """Let so much of the endpoint's time pass; answers the time then."""

    def pace(self, operation: str) -> None:
        """Wait until a call of this operation is far enough from the last."""

    def go_live(self, channel_arn: str, key: SecretStr, ingest: str) -> None:
        """Let an encoder connect with this key."""

    def hang_up(self, channel_arn: str) -> None:
        """Disconnect the encoder of the channel, if there is one."""

    def encoder(self, channel_arn: str, act: str, body: dict[str, Any]) -> str:
        """Let an encoder act: `starve`, `video` and so on; answers a status."""

    def events(self) -> list[dict[str, Any]]:
        """The events that came since the last time."""

    def plays(self, url: str, channel_arn: str, token: str | None, origin: str | None) -> bool:
        """Whether a player gets the playlist."""

    def bucket(self) -> str:
        """The name of a bucket in the region."""

    def close(self) -> list[str]:
        """Delete what was made around the API; answers what is left."""


class Bare:
    """An endpoint with nothing but the API."""

    has: frozenset[Need] = frozenset()
    patience = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, seconds: float) -> datetime:
        """Nothing happens there in the meantime."""
        return self.now()

    def pace(self, operation: str) -> None:
        """Nothing counts calls there."""

    def go_live(self, channel_arn: str, key: SecretStr, ingest: str) -> None:
        raise NotImplementedError

    def hang_up(self, channel_arn: str) -> None:
        """Nobody is connected."""

    def encoder(self, channel_arn: str, act: str, body: dict[str, Any]) -> str:
        raise NotImplementedError

    def events(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    def plays(self, url: str, channel_arn: str, token: str | None, origin: str | None) -> bool:
        raise NotImplementedError

    def bucket(self) -> str:
        return "ivskit-conform"

    def close(self) -> list[str]:
        return []


class Emulated(Bare):
    """Our emulator, asked and driven by its routes under `/_ivs/`."""

    has = CONTROL
    patience = 600.0

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = urllib3.PoolManager(retries=False, timeout=ANSWER_SECONDS)
        self._last = self._number_of_last_event()

    @staticmethod
    def is_at(url: str) -> bool:
        """Whether an emulator of ours answers there."""
        try:
            answer = urllib3.request("GET", f"{url}/_ivs/health", retries=False, timeout=5)
            return bool(answer.json().get("status") == "ok")
        except (urllib3.exceptions.HTTPError, ValueError, AttributeError):
            return False

    def now(self) -> datetime:
        return datetime.fromisoformat(self._ask("GET", "health")["now"])

    def wait(self, seconds: float) -> datetime:
        return datetime.fromisoformat(
            self._ask("POST", "clock", {"advanceSeconds": seconds})["now"]
        )

    def go_live(self, channel_arn: str, key: SecretStr, ingest: str) -> None:
        self._ask("POST", "encoders", {"streamKey": key.get_secret_value()})

    def hang_up(self, channel_arn: str) -> None:
        self._request("DELETE", f"encoders/{_id(channel_arn)}")

    def encoder(self, channel_arn: str, act: str, body: dict[str, Any]) -> str:
        if act == "connect":
            return str(self._request("POST", "encoders", body).status)
        method = "PUT" if act in ("video", "viewers") else "POST"
        return str(self._request(method, f"encoders/{_id(channel_arn)}/{act}", body).status)

    def events(self) -> list[dict[str, Any]]:
        answer = self._ask("GET", f"events?since={self._last}")
        self._last = answer["last"]
        return [*answer["events"]]

    def plays(self, url: str, channel_arn: str, token: str | None, origin: str | None) -> bool:
        given = {"token": token, "origin": origin, "channelArn": channel_arn}
        asked = {name: value for name, value in given.items() if value is not None}
        return bool(self._ask("POST", "playback", asked)["allowed"])

    def _number_of_last_event(self) -> int:
        return int(self._ask("GET", "events")["last"])

    def _ask(self, method: str, route: str, body: Any = None) -> Any:
        answer = self._request(method, route, body)
        if answer.status != 200:
            raise RuntimeError(f"{method} /_ivs/{route}: {answer.status} {answer.data.decode()}")
        return answer.json()

    def _request(self, method: str, route: str, body: Any = None) -> Any:
        given = {} if body is None else {"json": body}
        return self._http.request(method, f"{self._url}/_ivs/{route}", **given)


class Pace:
    """Keeps calls of each operation apart, so that the endpoint need not throttle them."""

    def __init__(self, rates: Any) -> None:
        self._rates = rates
        self._next: dict[str, float] = {}

    def wait(self, operation: str) -> None:
        """Sleep until the operation may be called again."""
        now = time.monotonic()
        at = max(now, self._next.get(operation, now))
        time.sleep(at - now)
        self._next[operation] = at + 1.5 / self._rates.get(operation, 1)


def seconds_between(began: datetime, ended: datetime) -> float:
    """A span in seconds."""
    return (ended - began) / timedelta(seconds=1)


def _id(channel_arn: str) -> str:
    return channel_arn.rpartition("/")[2]
