"""`ivskit restore`: undo a take-down."""

from ivskit_cli.how import DEFAULT, Channels, How


def restore(channels: Channels, /, *, how: How = DEFAULT) -> bool:
    """Unblock a channel that was taken down, with a new key, and lift its restriction.

    Its recording is no longer marked. Who was revoked needs a new token. Of a take-down and a
    restore the newer one counts. Exit 0 done, 1 not done, 2 wrong usage.

    For example:
      ivskit restore show --reason "the appeal was allowed"
    """
    from ivskit.commands import Restore
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.sending import about, issue, send

    found = find_all(channels, stage=how.stage)
    return send(issue(Restore, how, **about(found)), found, how)
