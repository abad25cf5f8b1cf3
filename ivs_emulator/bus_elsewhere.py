"""IVS's events on the default event bus of another emulator of AWS: MiniStack, moto, LocalStack."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any, TextIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .addresses import http_url, place_of
from .outbox import NotDelivered, Outbox
from .rules_elsewhere import deliver_by_rules

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
# To most emulators this key is of the account that they begin with.
ANY_KEY = "test"
REFUSED_SOURCE = "NotAuthorizedForSourceException"


class BusElsewhere:
    """Puts events on the default bus of their region; raises ValueError for a bad URL.

    An engine that takes no events of AWS's own services, as EventBridge does not, is asked for its
    rules instead, and their targets get the event. Whose account it is says AWS_ACCESS_KEY_ID; the
    account that the event names is IVS's. There are three tries, and then `log` gets a line.
    """

    def __init__(self, endpoint: str, log: TextIO) -> None:
        self._endpoint = http_url(endpoint)
        self._where = f"events to {place_of(endpoint)}"
        self._log = log
        self._by_rules = False
        self._client = cache(self._new_client)
        self._outbox = Outbox(self._where, self._put, log)

    def send(self, event: dict[str, Any]) -> None:
        """Put it there soon; returns at once, and never raises."""
        self._outbox.send(event)

    def close(self) -> None:
        """Put what waits, for at most two seconds, and drop the rest."""
        self._outbox.close()

    def _put(self, event: dict[str, Any]) -> None:
        try:
            if not self._by_rules:
                self._by_rules = not self._is_taken(event)
            if self._by_rules:
                self._deliver(event)
        except ClientError as error:
            said = error.response["Error"]
            raise NotDelivered(f"{said['Code']}: {said['Message']}") from error
        except BotoCoreError as error:
            raise NotDelivered(str(error)) from error

    def _is_taken(self, event: dict[str, Any]) -> bool:
        entry = {
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
            "Resources": event["resources"],
            "Time": event["time"],
        }
        (result,) = self._client("events", event["region"]).put_events(Entries=[entry])["Entries"]
        code = result.get("ErrorCode")
        if code == REFUSED_SOURCE:
            print(
                f"{self._where}: its bus takes no aws.ivs, so the targets of its rules get them",
                file=self._log,
                flush=True,
            )
        elif code:
            raise NotDelivered(f"{code}: {result.get('ErrorMessage')}")
        return code is None

    def _deliver(self, event: dict[str, Any]) -> None:
        for missed in deliver_by_rules(
            lambda service: self._client(service, event["region"]), event
        ):
            print(f"{self._where}: {missed}", file=self._log, flush=True)

    def _new_client(self, service: str, region: str) -> Any:
        # A session of its own, since threads must not share one while they make clients.
        make: Any = boto3.Session().client
        return make(
            service,
            region,
            endpoint_url=self._endpoint,
            config=CONFIG,
            aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", ANY_KEY),
            aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", ANY_KEY),
        )
