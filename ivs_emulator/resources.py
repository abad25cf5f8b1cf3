"""What all resources of IVS have in common: an ARN, tags, and ways to be looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from .errors import ApiError, ConflictException, ServiceQuotaExceededException, not_found

if TYPE_CHECKING:
    from .models import IVSBackend


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A thing with an ARN and tags; frozen, so that a change is a new one in its place."""

    arn: str
    tags: Mapping[str, str] = field(default_factory=dict)


R = TypeVar("R", bound=Resource)


def kind_of(arn: str) -> str:
    """`channel` of `arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij`."""
    return arn.rpartition(":")[2].partition("/")[0]


def find(shelf: Mapping[str, R], arn: str) -> R:
    if arn not in shelf:
        raise not_found(arn)
    return shelf[arn]


def batch(shelf: Mapping[str, R], arns: Sequence[str]) -> tuple[list[R], list[dict[str, str]]]:
    """The items of a batch that exist, each once, and an error for each that does not."""
    asked = dict.fromkeys(arns)
    found = [shelf[arn] for arn in asked if arn in shelf]
    return found, [item_error(not_found(arn), arn=arn) for arn in asked if arn not in shelf]


def item_error(error: ApiError, **item: str) -> dict[str, str]:
    """One entry of a batch's `errors`, as the model has it."""
    return {**item, "code": error.code, "message": error.message}


def refuse_beyond(limit: int, count: int, what: str) -> None:
    """Raise ServiceQuotaExceededException when the quota is used up."""
    if count >= limit:
        raise ServiceQuotaExceededException(f"{what}: there are {count} of at most {limit} already")


def refuse_while_attached(ivs: IVSBackend, arn: str, reference: str) -> None:
    """Raise ConflictException while a channel refers to it."""
    for channel in ivs.channels.values():
        if getattr(channel, reference) == arn:
            raise ConflictException(f"Resource: {arn} is attached to {channel.arn}")
