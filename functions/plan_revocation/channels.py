"""What the channels of a job want, and what of it a person should know."""

from collections.abc import Callable, Iterator, Mapping

from ivskit.client import Ivs
from ivskit.client.bulk import Failure
from ivskit.client.channels import Channel
from ivskit.errors import NotFound, Refused
from ivskit.jobs import Left
from ivskit.policy import Policy
from plan_revocation.decide import objection_to

LONGEST_REASON = 200
PolicyOf = Callable[[Mapping[str, str]], Policy]


class Channels:
    """The channels of this account and region, of whose names `own` tells what they begin with."""

    def __init__(self, ivs: Ivs, policy_of: PolicyOf, *, own: str) -> None:
        self._ivs = ivs
        self._policy_of = policy_of
        self._own = own

    def left_alone(self, viewers: Mapping[str, int]) -> tuple[list[Left], list[str]]:
        """Whose viewers are left alone and why, and which of the others are not private."""
        ours = [arn for arn in viewers if arn.startswith(self._own)]
        found = self._ivs.channels.get_many(ours)
        reasons = {
            **dict.fromkeys(
                viewers.keys() - set(ours), "the channel is of another account or region"
            ),
            **{failure.item: _told(failure) for failure in found.failures},
            **dict(self._objections(found.results)),
        }
        left = [
            Left(channel_arn=arn, viewers=viewers[arn], reason=reason[:LONGEST_REASON])
            for arn, reason in reasons.items()
        ]
        public = [one.arn for one in found.results if not one.authorized and one.arn not in reasons]
        return left, public

    def _objections(self, channels: tuple[Channel, ...]) -> Iterator[tuple[str, str]]:
        for channel in channels:
            objection = objection_to(self._policy_of(channel.tags))
            if objection is not None:
                yield channel.arn, objection


def _told(failure: Failure[str]) -> str:
    """Raises what may work later."""
    if isinstance(failure.error, NotFound):
        return "there is no such channel"
    if isinstance(failure.error, Refused):
        return str(failure.error)
    raise failure.error
