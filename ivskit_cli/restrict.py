"""`ivskit restrict`: let a channel play only in some countries, or on some sites."""

from ivskit_cli.how import DEFAULT, Channels, How
from ivskit_cli.places import Countries, Origins, Policy, listed


def restrict(
    channels: Channels,
    /,
    *,
    countries: Countries = "",
    origins: Origins = "",
    policy: Policy = None,
    how: How = DEFAULT,
) -> bool:
    """Let a public channel play only in some countries, or only on some sites.

    IVS changes no live channel: there it counts from the next start. Private channels ignore it,
    and it is refused. Exit 0 done, 1 not done, 2 wrong usage.

    For example:
      ivskit restrict show --countries DE,AT --origins https://example.com
      ivskit restrict show --policy dach --reason "the licence ends at the border"
    """
    from ivskit.commands import RestrictPlayback
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.sending import about, issue, send

    found = find_all(channels, stage=how.stage)
    where = {"countries": listed(countries), "origins": listed(origins), "policy": policy}
    return send(issue(RestrictPlayback, how, **about(found), **where), found, how)
