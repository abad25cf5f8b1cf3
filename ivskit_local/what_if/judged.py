"""The past under the settings as they are, and as somebody would set them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ivskit.policy import Policy
from ivskit_local.what_if.channel import ChannelPast
from ivskit_local.what_if.history import History, Tags
from ivskit_local.what_if.rules import Rules
from ivskit_local.what_if.settings import Settings
from ivskit_local.what_if.tags import TagsOf
from ivskit_local.what_if.tally import Tally


@dataclass(frozen=True)
class Judged:
    """Both tallies, and what they rest on; tags: of how many channels they are from where.

    unjudged: what acts, and is left out. stopped_in_log: the streams that ivskit stopped at a limit
    that is judged; cut_short: those that it would not stop as set, so that nobody knows how long
    they would have lasted; stopped_otherwise: those that it stopped for what is not judged.
    """

    history: History
    as_they_are: Tally
    as_set: Tally
    unjudged: Sequence[str]
    tags: Mapping[str, int]
    stopped_in_log: int
    cut_short: int
    stopped_otherwise: int


def judge(
    history: History,
    rules: Rules,
    *,
    as_they_are: Settings,
    as_set: Settings,
    tags: TagsOf,
) -> Judged:
    """Decide anew about everything that happened; raises WrongUsage where nothing did."""
    span = history.span
    tallies = (Tally(), Tally())
    pairs = [
        (_Policies(settings), settings.keys.adopt, tally)
        for settings, tally in zip((as_they_are, as_set), tallies, strict=True)
    ]
    for channel in history.channels.values():
        known = tags.of(channel)
        for policies, adopt, tally in pairs:
            past = ChannelPast(
                channel, rules, policies.of, adopt=adopt, tags=known, span=span, tally=tally
            )
            past.pass_by()
    channels = history.channels.values()
    stopped = {stream_id for channel in channels for stream_id in channel.stopped}
    return Judged(
        history=history,
        as_they_are=tallies[0],
        as_set=tallies[1],
        unjudged=[*as_set.unjudged, *pairs[1][0].unjudged],
        tags=tags.counted,
        stopped_in_log=len(stopped),
        stopped_otherwise=sum(len(channel.stopped_otherwise) for channel in channels),
        cut_short=len(stopped - {each.stream_id for each in tallies[1].stopped}),
    )


class _Policies:
    """The policies of channels: many have the same tags."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[frozenset[tuple[str, str]], Policy] = {}

    @property
    def unjudged(self) -> Sequence[str]:
        """The tag that acts on a channel, and whose effect events do not show."""
        own = self._settings.policy.max_idle
        is_tagged = any(policy.max_idle not in (None, own) for policy in self._made.values())
        return ["the tag ivskit:max-idle"] if is_tagged else []

    def of(self, tags: Tags) -> Policy:
        key = frozenset(tags.items())
        policy = self._made.get(key)
        if policy is None:
            settings = self._settings
            policy = self._made[key] = settings.policy.of(tags, stage=settings.stage)
        return policy
