"""IVS's state as JSON and back: the kinds of values that it has, and no others.

An object that several places have is written once, so that they share it again. No file can name
code that is not a step of this package.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from .ad_configurations import AdConfiguration
from .agenda import STEPS
from .channels import Channel, Srt
from .conditions import Limits
from .encoders import Encoder, Refusal
from .failover_slates import FailoverSlateConfiguration
from .ingest import Video
from .lifecycle import Timing
from .models import IVSBackend
from .playback import UsedTokens
from .playback_key_pairs import PlaybackKeyPair
from .playback_restriction_policies import PlaybackRestrictionPolicy
from .recording_configurations import RecordingConfiguration
from .recordings import Recording
from .shelves import Shelf
from .stream_keys import KeysMade, StreamKey
from .stream_sessions import Phase, Sent, StreamEvent, StreamSession
from .streams import Metadata
from .viewer_sessions import Revocations

CLASSES: dict[str, Callable[..., Any]] = {
    kind.__name__: kind
    for kind in (
        AdConfiguration,
        Channel,
        Encoder,
        FailoverSlateConfiguration,
        KeysMade,
        Limits,
        Metadata,
        PlaybackKeyPair,
        PlaybackRestrictionPolicy,
        Recording,
        RecordingConfiguration,
        Refusal,
        Sent,
        Srt,
        StreamEvent,
        StreamKey,
        StreamSession,
        Timing,
        Video,
    )
}
# Those that begin empty, and hold one attribute each.
COLLECTIONS: dict[str, Callable[[], Any]] = {
    kind.__name__: kind for kind in (Revocations, UsedTokens)
}
KIND = "$"
NAMES = {function: name for name, function in STEPS.items()}

Plain = Any


class Writer:
    """Writes values of one backend, or (None) of none, as what JSON has."""

    def __init__(self, ivs: IVSBackend | None) -> None:
        self._ivs = ivs
        self._written: dict[int, int] = {}
        self._kinds: dict[type, Callable[[Any], dict[str, Plain]]] = {
            datetime: lambda value: {"at": value.isoformat()},
            timedelta: lambda value: {"seconds": value.total_seconds()},
            Phase: lambda value: {"name": value.name},
            partial: lambda v: {"step": NAMES[v.func], "args": self.write(list(v.args))},
            deque: lambda v: {"most": v.maxlen, "items": self.write(list(v))},
            tuple: lambda value: {"items": self.write(list(value))},
            dict: self._items,
            OrderedDict: self._items,
            type(ivs): lambda _: {},
        }

    def write(self, value: Any) -> Plain:
        """Raises TypeError for what is no state."""
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind is list:
            return [self.write(item) for item in value]
        if kind in (dict, Shelf) and KIND not in value:
            return {key: self.write(item) for key, item in value.items()}
        return {KIND: kind.__name__, **self._kinds.get(kind, self._object)(value)}

    def _items(self, value: Mapping[str, Any]) -> dict[str, Plain]:
        return {"items": [[key, self.write(item)] for key, item in value.items()]}

    def _object(self, value: Any) -> dict[str, Plain]:
        name = type(value).__name__
        if name not in CLASSES and name not in COLLECTIONS:
            raise TypeError(f"{name} is no state of IVS")
        if id(value) in self._written:
            return {"same": self._written[id(value)]}
        number = self._written[id(value)] = len(self._written)
        return {"n": number, "has": {k: self.write(item) for k, item in vars(value).items()}}


class Reader:
    """Reads what a Writer wrote, for this backend."""

    def __init__(self, ivs: IVSBackend | None) -> None:
        self._ivs = ivs
        self._read: dict[int, Any] = {}
        self._kinds: dict[str, Callable[[dict[str, Plain]], Any]] = {
            "datetime": lambda given: datetime.fromisoformat(given["at"]),
            "timedelta": lambda given: timedelta(seconds=given["seconds"]),
            "Phase": lambda given: Phase[given["name"]],
            "partial": lambda given: partial(STEPS[given["step"]], *self.read(given["args"])),
            "deque": lambda given: deque(self.read(given["items"]), given["most"]),
            "tuple": lambda given: tuple(self.read(given["items"])),
            "dict": lambda given: dict(self.read(given["items"])),
            "OrderedDict": lambda given: OrderedDict(self.read(given["items"])),
            "IVSBackend": lambda _: self._ivs,
        }

    def read(self, plain: Plain) -> Any:
        """Raises KeyError, TypeError or ValueError for what no Writer wrote."""
        if isinstance(plain, list):
            return [self.read(item) for item in plain]
        if not isinstance(plain, dict):
            return plain
        if KIND not in plain:
            return {key: self.read(item) for key, item in plain.items()}
        kind = plain[KIND]
        return self._kinds[kind](plain) if kind in self._kinds else self._object(kind, plain)

    def _object(self, kind: str, plain: dict[str, Plain]) -> Any:
        if "same" in plain:
            return self._read[plain["same"]]
        has = {name: self.read(item) for name, item in plain["has"].items()}
        if kind in COLLECTIONS:
            made = COLLECTIONS[kind]()
            vars(made).update({name: has[name] for name in vars(made)})
        else:
            made = CLASSES[kind](**has)
        self._read[plain["n"]] = made
        return made
