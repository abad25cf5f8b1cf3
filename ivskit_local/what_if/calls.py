"""The calls to IVS that a function makes for what it reacts to.

As the functions make them where nothing fails; the tests compare them with a replay's.
"""

from collections.abc import Mapping, Sequence

_LOOK = ("GetChannel", "GetStream", "GetStreamSession")
# By what asks: an event, or the purpose of looking again.
ASKED: Mapping[str, Sequence[str]] = {
    "stream start": ("GetChannel",),
    "starvation start": ("GetChannel",),
    "stream end": ("GetChannel",),
    "max duration": ("GetChannel", "GetStream"),
    "starvation": ("GetChannel", "GetStream"),
    "grace over": ("GetChannel", "GetStream"),
    "check key": _LOOK,
    "verify stop": _LOOK,
    "verify key": ("GetStreamKey",),
    "finish rotation": ("CreateStreamKey",),
}
# Where no stream is live functions ask once more; and when a starving one last recovered.
SESSION_READ = ("GetStreamSession",)
# Where whatever is live is to be cut.
STREAM_READ = ("GetStream",)
_KEYS_TAKEN = ("ListStreamKeys", "DeleteStreamKey", "StopStream")
# By what follows a stop; the new key is created by "finish rotation".
STOPPED: Mapping[str, Sequence[str]] = {
    "kick": ("StopStream",),
    "lockout": ("StopStream",),
    "rotate": _KEYS_TAKEN,
    "block": (*_KEYS_TAKEN, "TagResource"),
}
ROTATED = ("ListStreamKeys", "DeleteStreamKey", "CreateStreamKey")
KEY_READ = ("ListStreamKeys",)
