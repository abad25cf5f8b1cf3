"""Amazon IVS on a laptop: a backend for moto that is strict, alive and honest about failure."""

import moto.ivs
import moto.ivs.models

from .faults import Fault
from .ingest import Video
from .models import IVSBackend, ivs_backends
from .seeding import bring_to
from .stream_sessions import StreamSession
from .takeovers import EncoderRefused
from .throttling import Throttling

__all__ = [
    "EncoderRefused",
    "Fault",
    "IVSBackend",
    "StreamSession",
    "Throttling",
    "Video",
    "backend",
    "bring_to",
    "install",
]


def install(*, throttling: Throttling | None = None) -> None:
    """Put this backend in the place of moto's own; call it before clients are used.

    `throttling`: how backends that are made from now on count calls against the quotas.
    """
    IVSBackend.throttling = throttling
    for module in (moto.ivs, moto.ivs.models):
        # Not as an attribute, which would have to be of moto's own class.
        vars(module)["ivs_backends"] = ivs_backends


def backend(account_id: str, region: str) -> IVSBackend:
    """The state behind the API, in one account and region."""
    return ivs_backends[account_id][region]
