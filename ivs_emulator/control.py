"""What the cloud has no API for, under `/_ivs/`: encoders, time, conditions and a look inside."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from . import condition_routes, encoder_routes, observation_routes
from .conditions import Conditions
from .excerpts import excerpt
from .failures import Failures
from .faults import Faults
from .inputs import BadInput, NoSuchRoute, json_of
from .journal import Journal
from .models import IVSBackend
from .takeovers import EncoderRefused, InvalidPriority

PREFIX = "/_ivs/"
EVENTS = f"{PREFIX}events"
NO_QUERY: Mapping[str, str] = {}
# The routes that look at parameters in the query, and at which.
QUERIES = {"events": ("since",)}


class Control:
    """Carries the routes out, on the backends of every account and region.

    From here on new backends share one set of conditions. `seed`: ids and keys repeat, also after
    a reset; without it they are random. `log`: where errors of due actions go.
    """

    def __init__(self, log: TextIO, *, seed: int | None = None) -> None:
        self.journal = Journal()
        self.conditions = IVSBackend.shared = Conditions(
            faults=Faults("server"),
            seed=None if seed is None else f"{seed}/",
            failures=Failures(log),
            journal=self.journal,
        )

    def answer(
        self, method: str, path: str, body: bytes, query: Mapping[str, str] = NO_QUERY
    ) -> tuple[int, dict[str, Any]]:
        """A status and a JSON object; 400 with a sentence on bad input."""
        try:
            return 200, self._routed(method, path.removeprefix(PREFIX), body, query)
        except NoSuchRoute as unknown:
            return 404, {"message": str(unknown)}
        except (BadInput, InvalidPriority) as bad:
            return 400, {"message": str(bad)}
        except EncoderRefused as refused:
            return 409, {"message": str(refused)}

    def _routed(
        self, method: str, path: str, body: bytes, query: Mapping[str, str]
    ) -> dict[str, Any]:
        for (wanted, pattern), act in ROUTES.items():
            match = re.fullmatch(pattern, path)
            if match and method == wanted:
                taken = {name: query[name] for name in QUERIES.get(path, ()) if name in query}
                return act(self.conditions, json_of(body), **match.groupdict(), **taken)
        known = ", ".join(f"{verb} {PREFIX}{re.sub('[(].*[)]', '…', p)}" for verb, p in ROUTES)
        asked = f"{excerpt(method)} {PREFIX}{excerpt(path)}"
        raise NoSuchRoute(f"There is no {asked}; there are {known}.")


ID = "(?P<channel_id>[A-Za-z0-9-]+)"
ROUTES: dict[tuple[str, str], Callable[..., dict[str, Any]]] = {
    ("POST", "encoders"): encoder_routes.connect,
    ("GET", "encoders"): encoder_routes.encoders,
    ("DELETE", f"encoders/{ID}"): encoder_routes.disconnect,
    ("POST", f"encoders/{ID}/(?P<what>starve|recover|fail)"): encoder_routes.act,
    ("PUT", f"encoders/{ID}/video"): encoder_routes.send,
    ("PUT", f"encoders/{ID}/viewers"): encoder_routes.watch,
    ("POST", "playback"): observation_routes.play,
    ("GET", "events"): observation_routes.events,
    ("GET", "calls"): observation_routes.calls,
    ("GET", "metadata"): observation_routes.metadata,
    ("GET", f"metadata/{ID}"): observation_routes.metadata,
    ("GET", "failures"): observation_routes.failures,
    ("GET", "health"): observation_routes.health,
    ("POST", "clock"): condition_routes.advance,
    ("PUT", "faults"): condition_routes.set_faults,
    ("GET", "faults"): condition_routes.get_faults,
    ("PUT", "quotas"): condition_routes.set_quotas,
    ("GET", "quotas"): condition_routes.get_quotas,
    ("PUT", "timing"): condition_routes.set_timing,
    ("GET", "timing"): condition_routes.get_timing,
    ("PUT", "buckets"): condition_routes.set_buckets,
    ("GET", "buckets"): condition_routes.get_buckets,
    ("POST", "reset"): condition_routes.reset,
}
