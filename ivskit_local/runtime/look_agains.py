"""Which function a look-again message goes back to."""

from collections.abc import Collection, Mapping

from ivskit_local.errors import WrongUsage
from ivskit_local.runtime.deliveries import Event
from ivskit_local.runtime.functions import Function

# The purposes of the messages that each function sends to itself.
PURPOSES: Mapping[str, Collection[str]] = {
    "rotate_stream_key": (
        "grace over",
        "verify key",
        "check key",
        "check stored key",
        "finish rotation",
    ),
    "stop_stream": (
        "max duration",
        "starvation",
        "verify stop",
        "verify kick",
        "verify block",
        "max idle",
        "unhealthy",
    ),
    "plan_revocation": ("audience leaves",),
    "queue_metadata": ("welcome",),
    "index_recordings": ("missed recording",),
    "restrict_playback": ("check restriction", "change restriction"),
    "take_down": ("report take-down", "report restore"),
    "rotate_playback_key": (
        "retire playback key",
        "verify playback key",
        "finish playback rotation",
    ),
}


def queue_of(event: Event, functions: Collection[Function]) -> str:
    """The URL of the queue of the function that asked; raises WrongUsage where there is none."""
    purpose = event["detail"].get("purpose")
    for function in functions:
        if purpose in PURPOSES.get(function.name, ()):
            return function.variables["IVSKIT_QUEUE_URL"]
    known = ", ".join(sorted(one for each in PURPOSES.values() for one in each))
    raise WrongUsage(
        f"{event['detail-type']}: purpose: no function looks again for {purpose!r};"
        f" the purposes are {known}"
    )
