"""`ivskit rotate-playback-key`: replace the key pair that signs playback tokens."""

from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.how import DEFAULT, How


def rotate_playback_key(
    *,
    emergency: Annotated[
        bool, Parameter(help="void every token at once; who is to stay needs a new one")
    ] = False,
    how: How = DEFAULT,
) -> bool:
    """Replace the key pair that signs playback tokens, for all channels of the region.

    Imports a new pair and delivers it to the store; prints neither key. The former pair is deleted
    when the tokens that it signed are over. Exit 0 done, 1 not done, 2 wrong usage.

    For example:
      ivskit rotate-playback-key --reason "the quarter is over"
    """
    from ivskit.commands import RotatePlaybackKey
    from ivskit_cli.sending import issue, send

    ask = "Void every playback token of the region at once?" if emergency else None
    return send(issue(RotatePlaybackKey, how, emergency=emergency), [], how, ask=ask)
