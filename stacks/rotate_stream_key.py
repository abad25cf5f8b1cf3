"""Rotation: replaces the stream key of a channel after a stream, and on command."""

from ivskit import names

from .event_function import EventFunction
from .key_stores import allow_changing_keys
from .shared import RANDOM_IDS, Shared


def rotate_stream_key(shared: Shared) -> EventFunction:
    """Add the function that rotates keys."""
    rotate = shared.function(
        "RotateStreamKey",
        package="rotate_stream_key",
        purpose="replaces the stream key of a channel after a stream and on command",
    )
    rotate.on_change(names.STREAM_STATE_CHANGE, names.STREAM_END)
    rotate.on_command(names.ROTATE_STREAM_KEY)
    rotate.look_again_through(shared.schedules)
    shared.allow_acting(rotate)
    rotate.allow(
        "ivs:GetChannel",
        "ivs:GetStream",
        "ivs:GetStreamSession",
        "ivs:ListStreamKeys",
        on=shared.channels,
        because=RANDOM_IDS,
    )
    allow_changing_keys(shared, rotate)
    return rotate
