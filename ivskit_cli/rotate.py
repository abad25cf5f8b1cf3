"""`ivskit rotate`: replace a stream key."""

from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.how import DEFAULT, Channels, How


def rotate(
    channels: Channels,
    /,
    *,
    even_if_live: Annotated[
        bool, Parameter(help="also while it is live; the stream goes on, a reconnect fails")
    ] = False,
    how: How = DEFAULT,
) -> bool:
    """Give a channel a new stream key.

    Deletes the old key, creates a new one and delivers it to the store; prints neither. Exit 0
    done, 1 not done, 2 wrong usage.

    For example:
      ivskit rotate show --reason "the key was in a screenshot"
    """
    from ivskit.commands import RotateStreamKey
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.sending import about, issue, send

    found = find_all(channels, stage=how.stage)
    if_live = "proceed" if even_if_live else "refuse"
    return send(issue(RotateStreamKey, how, **about(found), if_live=if_live), found, how)
