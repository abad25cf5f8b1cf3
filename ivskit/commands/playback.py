"""The command about the playback key pairs of the account and region."""

from ivskit import names
from ivskit.commands.command import Command


class RotatePlaybackKey(Command):
    """Sign playback tokens with a new key pair, and delete the former when its tokens are over.

    emergency: delete every pair of ivskit first, so that no token that was issued before lets
    anybody in.
    """

    detail_type = names.ROTATE_PLAYBACK_KEY
    emergency: bool = False
