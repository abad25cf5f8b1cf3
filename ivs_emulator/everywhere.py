"""The backends of every account and region in use."""

from __future__ import annotations

from collections.abc import Iterator

from .channels import Channel
from .excerpts import excerpt
from .inputs import BadInput
from .models import IVSBackend, ivs_backends


def backends() -> Iterator[IVSBackend]:
    for regions in list(ivs_backends.values()):
        yield from list(regions.values())


def run_due() -> None:
    """Run what is due by now in every backend."""
    for ivs in backends():
        ivs.agenda.run_due(ivs.now())


def channel_named(named: str) -> tuple[IVSBackend, Channel]:
    """The channel with this ARN or id; raises BadInput."""
    for ivs in backends():
        for arn, channel in list(ivs.channels.items()):
            if named in (arn, arn.rpartition("/")[2]):
                return ivs, channel
    raise BadInput(f'There is no channel "{excerpt(named)}".')
