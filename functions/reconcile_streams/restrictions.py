"""Whether the restriction of a channel's playback differs from what its tags ask for."""

from datetime import datetime

from ivskit.automation.restriction_records import Restricted
from ivskit.client.channels import ChannelSummary
from ivskit.policy import Policy
from ivskit.policy.restrictions import Policies, Unclear, by_tags
from ivskit.restrictions import Restriction
from reconcile_streams.decide import Referral


def may_be_restricted(channel: ChannelSummary, policy: Policy) -> bool:
    """Whether the memory of the channel is to be read for its restriction."""
    asks = policy.restriction or policy.countries or policy.origins
    return policy.managed and bool(asks or channel.playback_restriction_policy_arn)


def about_restriction(
    channel: ChannelSummary,
    policy: Policy,
    known: Restricted,
    named: Policies,
    *,
    verifying: bool,
    now: datetime,
) -> Referral | None:
    """What restrict_playback is to look at, or None where the restriction is in order.

    What it has declined already it looks at again only where everything is verified.
    """
    try:
        wanted, tags = _wanted(policy, named)
    except Unclear as unclear:
        wanted, tags = None, str(unclear)
    is_declined = known.declined is not None and known.declined[0] == tags
    if _is_in_order(channel, known, wanted, tags) or (is_declined and not verifying):
        return None
    cause = f"{channel.arn}: restriction not in order at {now.isoformat()}"
    return Referral("restrict_playback", channel.arn, "check restriction", cause)


def _wanted(policy: Policy, named: Policies) -> tuple[Restriction | None, str]:
    wanted = by_tags(policy, named)
    return wanted, "none" if wanted is None else wanted.fingerprint


def _is_in_order(
    channel: ChannelSummary, known: Restricted, wanted: Restriction | None, tags: str
) -> bool:
    attached = channel.playback_restriction_policy_arn
    has_ours = attached is not None and attached == known.policy_arn
    if known.by == "command" and has_ours:
        return True
    changing = known.changing
    if changing is not None:
        # It waits for the end of a stream, and looks again by itself.
        return changing.by == "command" or changing.wanted == wanted
    if wanted is None and tags == "none":
        return not has_ours
    return has_ours and known.content == wanted
