"""Outcomes about where channels may be watched."""

from ivskit import names
from ivskit.arns import RestrictionPolicyArn
from ivskit.outcomes.outcome import Nothing, Outcome
from ivskit.restrictions import Countries, Origins, RestrictedBy


class PlaybackRestricted(Outcome):
    """From now on the channel plays only in these countries, and only on sites of these origins.

    None of one kind is all. by: "command" if a command asked for it, "tag" if the channel's tags
    do.
    """

    name = names.PLAYBACK_RESTRICTED
    by: RestrictedBy = "command"
    policy_arn: RestrictionPolicyArn
    countries: Countries = ()
    origins: Origins = ()
    strict: bool = False


class PlaybackRestrictionLifted(Outcome):
    """The channel plays as it did before; policy_arn: the policy that it had then, if any."""

    name = names.PLAYBACK_RESTRICTION_LIFTED
    by: RestrictedBy = "command"
    policy_arn: RestrictionPolicyArn | None = None


class PlaybackRestrictionPostponed(Outcome):
    """The channel is live, and IVS changes no live channel: the change is made at Stream End."""

    name = names.PLAYBACK_RESTRICTION_POSTPONED


class PlaybackRestrictionSkipped(Nothing):
    """The restriction of the channel was not changed."""

    name = names.PLAYBACK_RESTRICTION_SKIPPED


class RestrictionPolicyDeleted(Outcome):
    """A policy of ivskit was deleted, since no channel used it any more: three fit a region."""

    name = names.RESTRICTION_POLICY_DELETED
    policy_arn: RestrictionPolicyArn

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), self.policy_arn)
