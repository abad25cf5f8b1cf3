"""Amazon IVS on a laptop: a backend for moto that is strict, alive and honest about failure."""

import moto.ivs
import moto.ivs.models

from .faults import Fault
from .ingest import Video
from .models import IVSBackend, ivs_backends
from .readings import READINGS, Reading
from .seeding import bring_to
from .stream_sessions import StreamSession
from .takeovers import EncoderRefused
from .throttling import Throttling

__all__ = [
    "EncoderRefused",
    "Fault",
    "IVSBackend",
    "Reading",
    "StreamSession",
    "Throttling",
    "Video",
    "backend",
    "bring_to",
    "install",
]


def install(*, throttling: Throttling | None = None, reading: Reading = "strict") -> None:
    """Replace moto's own IVS backend with this one; call it before any client is used.

    `throttling`: how new backends count calls against the published rates; None: not at all.
    `reading`: how they behave where the documentation is silent and callers could suffer.
    """
    IVSBackend.readings = READINGS[reading]
    IVSBackend.throttling = throttling
    for module in (moto.ivs, moto.ivs.models):
        # Not by setattr: mypy would want moto's own class.
        vars(module)["ivs_backends"] = ivs_backends


def backend(account_id: str, region: str) -> IVSBackend:
    """The state behind the API, in one account and region."""
    return ivs_backends[account_id][region]
