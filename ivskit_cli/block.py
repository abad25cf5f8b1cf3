"""`ivskit block`: keep a channel down."""

from ivskit_cli.how import DEFAULT, Channels, How


def block(channels: Channels, /, *, how: How = DEFAULT) -> bool:
    """Block a channel: no stream and no key, until it is unblocked.

    Deletes the stream key and cuts the stream, if there is one. Of a block and an unblock the newer
    one counts. Exit 0 done, 1 not done, 2 wrong usage.

    For example:
      ivskit block show --reason "stolen account"
    """
    from ivskit.commands import BlockChannel
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.sending import about, issue, send

    found = find_all(channels, stage=how.stage)
    return send(issue(BlockChannel, how, **about(found)), found, how)
