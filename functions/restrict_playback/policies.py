"""The playback restriction policies of the region, and the channels that use them.

Policies of the same content are shared, and never changed: a change would reach live streams of
other channels. The lease on the policies of the region is held meanwhile.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from ivskit import names, quotas
from ivskit.client import Ivs
from ivskit.client.playback_restriction_policies import PlaybackRestrictionPolicySummary
from ivskit.errors import Conflict, NotFound, QuotaExceeded, Unavailable
from ivskit.restrictions import Restriction
from restrict_playback.decide import Listed


class RestrictionPolicies:
    """Finds, makes, attaches and deletes policies."""

    def __init__(self, ivs: Ivs, *, stage: str) -> None:
        self._ivs = ivs
        self._stage = stage

    def listed(self) -> Sequence[Listed]:
        """All of the region; where there is no room for another, with what uses ours."""
        found = [self._listed(each) for each in self._ivs.playback_restriction_policies.list()]
        if len(found) < quotas.PLAYBACK_RESTRICTION_POLICIES:
            return found
        return [
            Listed(each.arn, each.name, each.content, each.is_ours, self._is_used(each))
            for each in found
        ]

    def _listed(self, policy: PlaybackRestrictionPolicySummary) -> Listed:
        is_ours = policy.tags.get(names.TAG_RESTRICTION_STAGE) == self._stage
        is_ours = is_ours and names.TAG_RESTRICTION in policy.tags
        return Listed(policy.arn, policy.name or "", _content(policy), is_ours)

    def _is_used(self, policy: Listed) -> bool:
        if not policy.is_ours:
            return True
        using = self._ivs.channels.list(playback_restriction_policy_arn=policy.arn)
        return next(iter(using), None) is not None

    def with_content(self, content: Restriction, listed: Sequence[Listed]) -> str:
        """The ARN of our policy with this content, which is made where there is none."""
        ours = [each.arn for each in listed if each.is_ours and each.content == content]
        return min(ours) if ours else self._made(content)

    def _made(self, content: Restriction) -> str:
        try:
            made = self._ivs.playback_restriction_policies.create(
                allowed_countries=content.countries,
                allowed_origins=content.origins,
                strict_origin_enforcement=content.strict,
                name=f"ivskit-{self._stage}-{content.fingerprint}",
                tags={
                    names.TAG_RESTRICTION_STAGE: self._stage,
                    names.TAG_RESTRICTION: content.fingerprint,
                },
            )
        except QuotaExceeded as error:
            # Somebody else was faster: the next try finds it full, and says which there are.
            raise Unavailable(f"the region has no room for another policy: {error}") from error
        return made.arn

    def attach(self, channel_arn: str, policy_arn: str) -> None:
        """Let the policy restrict the channel; an empty ARN attaches none.

        Raises Conflict while the channel is live, and Unavailable where the policy is gone.
        """
        try:
            self._ivs.channels.update(channel_arn, playback_restriction_policy_arn=policy_arn)
        except NotFound as error:
            raise Unavailable(f"the policy or the channel is gone: {error}") from error

    def tidy(self, listed: Sequence[Listed]) -> Sequence[str]:
        """Delete our policies that no channel uses; returns their ARNs."""
        return [each.arn for each in listed if each.is_ours and self._is_deleted(each)]

    def _is_deleted(self, policy: Listed) -> bool:
        """Whether it was deleted: IVS refuses that while it is used, where the list lags behind."""
        if self._is_used(policy):
            return False
        try:
            return self._ivs.playback_restriction_policies.delete(policy.arn)
        except Conflict:
            return False


def _content(policy: PlaybackRestrictionPolicySummary) -> Restriction | None:
    try:
        return Restriction(
            countries=policy.allowed_countries,
            origins=policy.allowed_origins,
            strict=bool(policy.enable_strict_origin_enforcement),
        )
    except ValidationError:
        return None
