"""Finds a channel by what a person calls it: its ARN, its id, its name or its playback URL."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any

from ivskit.arns import resource_id
from ivskit_cli.deployed import client_of, is_deployed, one_line_errors
from ivskit_cli.project import stage_of
from ivskit_local.errors import WrongUsage

_ARN = re.compile(r"arn:aws[a-z-]*:ivs:(?P<region>[a-z0-9-]+):\d{12}:channel/[A-Za-z0-9-]+")
_ID = re.compile(r"[A-Za-z0-9]{12}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLAYBACK = re.compile(r"/(?P<region>[a-z0-9-]+)\.(?P<account>\d{12})\.channel\.(?P<id>[^./?]+)\.m")
# How many channels are searched for a name that is nearly the one given.
_SEARCHED = 1_000
_MOST_CANDIDATES = 10


@dataclass(frozen=True)
class Channel:
    """A channel that exists; name: what its owner calls it, which may be nothing."""

    arn: str
    name: str = ""

    def __str__(self) -> str:
        return self.name or resource_id(self.arn)


def find_all(called: Sequence[str], *, stage: str | None) -> list[Channel]:
    """Each channel that is called so, once; raises WrongUsage as `Channels.find` does."""
    with one_line_errors("channel", question=is_deployed(stage_of(stage))):
        channels = Channels()
        return list({each.arn: each for each in map(channels.find, called)}.values())


class Channels:
    """The channels of the account and region."""

    def __init__(self) -> None:
        self._ivs = client_of("ivs")
        self._region: str = self._ivs.meta.region_name

    def find(self, called: str) -> Channel:
        """The one channel that is called so; raises WrongUsage where there is none, or several."""
        arn = self._in_arn_or_url(called)
        found = [] if arn is None else self._with_arn(arn)
        if arn is None:
            named = self._ivs.list_channels(filterByName=called)["channels"]
            found = [_channel(each) for each in named]
            found += [each for each in self._with_id(called) if each not in found]
        if len(found) != 1:
            raise WrongUsage(self._which(called, found))
        return found[0]

    def _in_arn_or_url(self, called: str) -> str | None:
        played = _PLAYBACK.search(called) if "://" in called else None
        named = played or _ARN.fullmatch(called)
        if named is None:
            return None
        if named["region"] != self._region:
            here = f"and this shell is set for {self._region}: set AWS_DEFAULT_REGION"
            raise WrongUsage(f"{called} is in {named['region']}, {here}")
        if played is None:
            return called
        partition = self._ivs.meta.partition
        place = f"arn:{partition}:ivs:{played['region']}:{played['account']}"
        return f"{place}:channel/{played['id']}"

    def _with_id(self, called: str) -> list[Channel]:
        if not _ID.fullmatch(called):
            return []
        account = client_of("sts").get_caller_identity()["Account"]
        place = f"arn:{self._ivs.meta.partition}:ivs:{self._region}:{account}"
        return self._with_arn(f"{place}:channel/{called}")

    def _with_arn(self, arn: str) -> list[Channel]:
        try:
            return [_channel(self._ivs.get_channel(arn=arn)["channel"])]
        except self._ivs.exceptions.ResourceNotFoundException:
            return []

    def _which(self, called: str, found: Sequence[Channel]) -> str:
        if found:
            listed = ", ".join(each.arn for each in found[:_MOST_CANDIDATES])
            return f"{len(found)} channels are called {called}, take one by its ARN: {listed}"
        named = [each.name for each in islice(self._all(), _SEARCHED) if each.name]
        folded = {name.casefold(): name for name in named}
        alike = get_close_matches(called.casefold(), folded, n=3)
        meant = f"; is it {' or '.join(folded[name] for name in alike)}?" if alike else ""
        return f"no channel in {self._region} is called {called}{meant}"

    def _all(self) -> Iterator[Channel]:
        for page in self._ivs.get_paginator("list_channels").paginate():
            yield from map(_channel, page["channels"])


def _channel(said: Mapping[str, Any]) -> Channel:
    return Channel(said["arn"], said.get("name", ""))
