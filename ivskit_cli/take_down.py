"""`ivskit take-down`: take a channel down, with all that belongs to it."""

from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.how import DEFAULT, Channels, How
from ivskit_cli.places import Countries, Policy, listed


def take_down(
    channels: Channels,
    /,
    *,
    keep_audience: Annotated[bool, Parameter(help="revoke no viewers")] = False,
    restrict_to: Countries = "",
    policy: Policy = None,
    how: How = DEFAULT,
) -> bool:
    """Block a channel, cut its stream, revoke its audience, and say where the recording is.

    The cut comes first; one report says what was done of each part, within a minute as a rule.
    `ivskit restore` undoes it. Exit 0 done, 1 not done, 2 wrong usage.

    For example:
      ivskit take-down show --reason "a court order"
      ivskit take-down show --restrict-to DE,AT
    """
    from ivskit.commands import TakeDown
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.sending import about, issue, send

    found = find_all(channels, stage=how.stage)
    where = {"countries": listed(restrict_to), "policy": policy}
    revokes = {"revoke_audience": False} if keep_audience else {}
    return send(issue(TakeDown, how, **about(found), **where, **revokes), found, how)
