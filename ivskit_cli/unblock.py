"""`ivskit unblock`: end a block."""

from ivskit_cli.how import DEFAULT, Channels, How


def unblock(channels: Channels, /, *, how: How = DEFAULT) -> bool:
    """Unblock a channel: it gets a new key, and may stream again.

    Ends what `ivskit block` and `ivskit stop --block` began. The encoder needs the new key.
    Exit 0 done, 1 not done, 2 wrong usage.

    For example:
      ivskit unblock show
    """
    from ivskit.commands import UnblockChannel
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.sending import about, issue, send

    found = find_all(channels, stage=how.stage)
    return send(issue(UnblockChannel, how, **about(found)), found, how)
