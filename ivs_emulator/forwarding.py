"""Events to a webhook: each is POSTed as JSON, in the order that IVS sent them."""

from __future__ import annotations

import json
from typing import Any, TextIO

import urllib3

from .addresses import http_url, place_of
from .outbox import NotDelivered, Outbox

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0


class Forwarding:
    """Sends events to an application's webhook; raises ValueError for a URL that is none.

    A try fails where no answer with a status of 2xx comes within 5 seconds; there are three, and
    then `log` gets a line. The line has the host, and never the path, which may be a secret.
    """

    def __init__(self, url: str, log: TextIO) -> None:
        self._url = http_url(url)
        waiting = urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS)
        self._http = urllib3.PoolManager(retries=False, timeout=waiting)
        self._outbox = Outbox(f"forwarding to {place_of(url)}", self._post, log)

    def send(self, event: dict[str, Any]) -> None:
        """POST it soon; returns at once, and never raises."""
        self._outbox.send(event)

    def close(self) -> None:
        """POST what waits, for at most two seconds, and drop the rest."""
        self._outbox.close()
        self._http.clear()

    def _post(self, event: dict[str, Any]) -> None:
        headers = {"Content-Type": "application/json"}
        try:
            answer = self._http.request(
                "POST", self._url, body=json.dumps(event), headers=headers, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            why = getattr(error.__cause__, "strerror", None) or type(error).__name__
            raise NotDelivered(why) from error
        if not 200 <= answer.status < 300:
            raise NotDelivered(f"the answer was {answer.status}")
