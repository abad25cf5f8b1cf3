"""Stopping: ends streams and blocks channels, on command and by policy."""

from ivskit import names

from .event_function import EventFunction
from .key_stores import set_key_settings
from .shared import RANDOM_IDS, Shared


def stop_stream(shared: Shared, *, rotate: EventFunction) -> EventFunction:
    """Add the function that stops streams; its last queue is for urgent commands.

    It asks `rotate` for the new key of a channel that it stopped.
    """
    stop = shared.function(
        "StopStream",
        package="stop_stream",
        purpose="stops streams and blocks channels, on command and by policy",
        # A stop is verified every few seconds for as long as an encoder keeps coming back.
        may_loop=True,
    )
    stop.on_change(names.STREAM_STATE_CHANGE, names.STREAM_START)
    stop.on_change(names.STREAM_HEALTH_CHANGE, names.STARVATION_START)
    stop.on_limit_breach(*names.LIMITS)
    takes_down = shared.settings.take_down.enabled
    urgent = stop.on_urgent_commands(
        names.STOP_STREAM,
        names.BLOCK_CHANNEL,
        names.UNBLOCK_CHANNEL,
        *((names.TAKE_DOWN, names.RESTORE) if takes_down else ()),
    )
    stop.set_variable("IVSKIT_TAKES_DOWN", str(takes_down).lower())
    stop.look_again_through(shared.schedules)
    stop.send_to(rotate.queue, variable="IVSKIT_ROTATION_QUEUE_URL")
    stop.send_to(urgent, variable="IVSKIT_URGENT_QUEUE_URL")
    set_key_settings(shared, stop)
    stop.set_variable("IVSKIT_URGENT_LANES", str(stop.queue_concurrency))
    shared.allow_acting(stop)
    _allow_calls(shared, stop)
    return stop


def _allow_calls(shared: Shared, stop: EventFunction) -> None:
    stop.allow(
        "ivs:GetChannel",
        "ivs:GetStream",
        "ivs:GetStreamSession",
        "ivs:ListStreamKeys",
        "ivs:ListStreamSessions",
        "ivs:StopStream",
        "ivs:TagResource",
        "ivs:UntagResource",
        on=shared.channels,
        because=RANDOM_IDS,
    )
    if shared.settings.policy.shed != "none":
        stop.allow("ivs:ListStreams", "ivs:BatchGetChannel", on=shared.channels, because=RANDOM_IDS)
    stop.allow(
        "ivs:ListStreamKeys", "ivs:DeleteStreamKey", on=shared.stream_keys, because=RANDOM_IDS
    )
