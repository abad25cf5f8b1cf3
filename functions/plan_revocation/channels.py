"""The policies of a job's channels, and what a person should know about them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ivskit.client import Ivs
from ivskit.client.bulk import Failure
from ivskit.client.channels import Channel
from ivskit.errors import Invalid, NotFound, Refused
from ivskit.jobs.records import Begun, SkippedChannel
from ivskit.policy import Policy
from plan_revocation.decide import objection_to

LONGEST_REASON = 200
PolicyOf = Callable[[Mapping[str, str]], Policy]


class EveryChannelRefused(Invalid):
    """A command acts on none of its channels; channel_arn: the only one that it names."""

    def __init__(self, errors: Sequence[str], channel_arn: str | None) -> None:
        super().__init__("; ".join(errors))
        self.errors = tuple(errors)
        self.channel_arn = channel_arn


@dataclass(frozen=True)
class Found:
    """What was found about the channels of a job.

    skipped: channels whose viewers the job skips, and why; refused: how many of them refuse
    commands; public: which of the others are not private.
    """

    skipped: Sequence[SkippedChannel]
    refused: int
    public: Sequence[str]

    def check(self, channels: int) -> None:
        """Raise EveryChannelRefused where a command has no channel left to act on."""
        if not self.refused or len(self.skipped) < channels:
            return
        of_one = self.skipped[0].channel_arn if channels == 1 else None
        raise EveryChannelRefused(by_reason(self.skipped), of_one)


class Channels:
    """The channels of this account and region; own: the prefix of their ARNs."""

    def __init__(self, ivs: Ivs, policy_of: PolicyOf, *, own: str) -> None:
        self._ivs = ivs
        self._policy_of = policy_of
        self._own = own

    def find(self, viewers: Mapping[str, int], begun: Begun) -> Found:
        """What matters about the channels before viewers are revoked; raises passing errors."""
        ours = [arn for arn in viewers if arn.startswith(self._own)]
        found = self._ivs.channels.get_many(ours)
        objections = dict(self._objections(found.results, begun))
        reasons = {
            **dict.fromkeys(
                viewers.keys() - set(ours), "the channel is of another account or region"
            ),
            **{failure.item: _described(failure) for failure in found.failures},
            **objections,
        }
        skipped = [
            SkippedChannel(channel_arn=arn, viewers=viewers[arn], reason=reason[:LONGEST_REASON])
            for arn, reason in reasons.items()
        ]
        public = [one.arn for one in found.results if not one.authorized and one.arn not in reasons]
        return Found(skipped, 0 if begun.follows_stream else len(objections), public)

    def _objections(self, channels: tuple[Channel, ...], begun: Begun) -> Iterator[tuple[str, str]]:
        for channel in channels:
            objection = objection_to(self._policy_of(channel.tags), begun)
            if objection is not None:
                yield channel.arn, objection


def by_reason(skipped: Sequence[SkippedChannel]) -> list[str]:
    """Each reason once, with its channels where there are several."""
    reasons: dict[str, list[str]] = {}
    for each in skipped:
        reasons.setdefault(each.reason, []).append(each.channel_arn)
    if len(skipped) == 1:
        return list(reasons)
    return [f"{reason} ({named(arns)})" for reason, arns in reasons.items()]


def named(arns: Sequence[str], *, most: int = 10) -> str:
    """The first of these, and how many more there are."""
    more = f" and {len(arns) - most} more" if len(arns) > most else ""
    return ", ".join(arns[:most]) + more


def _described(failure: Failure[str]) -> str:
    """The error in words; raises it if it may pass."""
    if isinstance(failure.error, NotFound):
        return "there is no such channel"
    if isinstance(failure.error, Refused):
        return str(failure.error)
    raise failure.error
