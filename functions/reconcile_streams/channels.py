"""What the sweep asks of IVS about single channels: what they want, and whether they have a key."""

from collections.abc import Iterable

from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.errors import NotFound
from ivskit.policy import Policy, PolicySettings


class Channels:
    """The channels of the account."""

    def __init__(self, ivs: Ivs, policy: PolicySettings) -> None:
        self._ivs = ivs
        self._policy = policy

    def find(self, arns: Iterable[str]) -> dict[str, Channel]:
        """Those that exist, fifty in a call."""
        bulk = self._ivs.channels.get_many(arns)
        for failure in bulk.failures:
            if not isinstance(failure.error, NotFound):
                raise failure.error
        return {channel.arn: channel for channel in bulk.results}

    def policies(self, arns: Iterable[str]) -> dict[str, Policy]:
        """What each of those wants that exist."""
        return {arn: self._policy.of(channel.tags) for arn, channel in self.find(arns).items()}

    def managed(self, arns: Iterable[str]) -> dict[str, Channel]:
        """Those that ivskit manages."""
        found = self.find(arns)
        return {arn: each for arn, each in found.items() if self._policy.of(each.tags).managed}

    def has_key(self, arn: str) -> bool:
        """Whether the channel has a key; one that is gone has none."""
        try:
            return self._ivs.stream_keys.of(arn) is not None
        except NotFound:
            return False
