"""`ivskit unrestrict`: let a channel play everywhere again."""

from ivskit_cli.how import DEFAULT, Channels, How


def unrestrict(channels: Channels, /, *, how: How = DEFAULT) -> bool:
    """Let a channel play as it did before ivskit restricted it.

    A restriction that its tags ask for ends with the tags. IVS changes no live channel: there it
    counts from the next start. Exit 0 done, 1 not done, 2 wrong usage.

    For example:
      ivskit unrestrict show
    """
    from ivskit.commands import LiftRestriction
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.sending import about, issue, send

    found = find_all(channels, stage=how.stage)
    return send(issue(LiftRestriction, how, **about(found)), found, how)
