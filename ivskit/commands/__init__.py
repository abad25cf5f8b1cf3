"""Requests to act, which applications and the CLI put on the ivskit bus, as frozen models.

    events.put_events(Entries=[RotateStreamKey.issue(channel_arn=arn).entry(bus_name)])

`command_id` makes a repeat harmless, `issued_at` gives the command an age; the sender sets both, as
`issue` does. An unknown field is refused: a typo must not change the meaning.
BY_DETAIL_TYPE has the model of every command, by its detail type.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from ivskit import names
from ivskit.commands.command import LONGEST_ID as LONGEST_ID
from ivskit.commands.command import LONGEST_SENDER as LONGEST_SENDER
from ivskit.commands.command import MOST_CHANNELS as MOST_CHANNELS
from ivskit.commands.command import ChannelCommand as ChannelCommand
from ivskit.commands.command import Command as Command
from ivskit.commands.command import this_program as this_program
from ivskit.commands.lateness import CLOCK_SKEW as CLOCK_SKEW
from ivskit.commands.lateness import TooLate as TooLate
from ivskit.commands.lateness import too_late as too_late
from ivskit.on_demand import class_called, names_in

if TYPE_CHECKING:
    from ivskit.commands.keys import RotateStreamKey as RotateStreamKey
    from ivskit.commands.metadata import PushMetadata as PushMetadata
    from ivskit.commands.playback import RotatePlaybackKey as RotatePlaybackKey
    from ivskit.commands.restrictions import LiftRestriction as LiftRestriction
    from ivskit.commands.restrictions import RestrictPlayback as RestrictPlayback
    from ivskit.commands.revocation import CancelRevocation as CancelRevocation
    from ivskit.commands.revocation import JobId as JobId
    from ivskit.commands.revocation import ResumeRevocation as ResumeRevocation
    from ivskit.commands.revocation import RevokeViewers as RevokeViewers
    from ivskit.commands.revocation import Viewer as Viewer
    from ivskit.commands.revocation import ViewerId as ViewerId
    from ivskit.commands.streams import BlockChannel as BlockChannel
    from ivskit.commands.streams import StopStream as StopStream
    from ivskit.commands.streams import UnblockChannel as UnblockChannel
    from ivskit.commands.take_down import Restore as Restore
    from ivskit.commands.take_down import TakeDown as TakeDown

    BY_DETAIL_TYPE: Mapping[str, type["AnyCommand"]]

AnyCommand: TypeAlias = (
    "RotateStreamKey | StopStream | BlockChannel | UnblockChannel"
    " | RevokeViewers | CancelRevocation | ResumeRevocation | PushMetadata"
    " | RotatePlaybackKey | RestrictPlayback | LiftRestriction | TakeDown | Restore"
)
# Where each model is: a function loads those that it uses.
_MODULES = {
    "keys": ("RotateStreamKey",),
    "streams": ("StopStream", "BlockChannel", "UnblockChannel"),
    "revocation": (
        "RevokeViewers",
        "CancelRevocation",
        "ResumeRevocation",
        "Viewer",
        "ViewerId",
        "JobId",
    ),
    "metadata": ("PushMetadata",),
    "playback": ("RotatePlaybackKey",),
    "restrictions": ("RestrictPlayback", "LiftRestriction"),
    "take_down": ("TakeDown", "Restore"),
}
# The commands about one channel or many.
ABOUT_CHANNELS = (
    names.ROTATE_STREAM_KEY,
    names.STOP_STREAM,
    names.BLOCK_CHANNEL,
    names.UNBLOCK_CHANNEL,
    names.RESTRICT_PLAYBACK,
    names.LIFT_RESTRICTION,
    names.TAKE_DOWN,
    names.RESTORE,
)
DETAIL_TYPES = (
    *ABOUT_CHANNELS,
    names.REVOKE_VIEWERS,
    names.CANCEL_REVOCATION,
    names.RESUME_REVOCATION,
    names.PUSH_METADATA,
    names.ROTATE_PLAYBACK_KEY,
)
_find = names_in(__name__, _MODULES)


def parse_command(event: Mapping[str, Any]) -> AnyCommand:
    """The command that an event carries; raises pydantic's ValidationError."""
    model: type[AnyCommand] = _find(class_called(event["detail-type"]))
    return model.read(event)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name != "BY_DETAIL_TYPE":
            return _find(name)
        return {each: _find(class_called(each)) for each in DETAIL_TYPES}
