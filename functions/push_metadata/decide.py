"""Whether a piece of metadata goes into the stream, decided on the facts of the moment."""

from dataclasses import dataclass
from datetime import datetime

from ivskit.commands import PushMetadata, too_late
from ivskit.policy import Policy


@dataclass(frozen=True)
class Push:
    """Insert it."""

    reason: str


@dataclass(frozen=True)
class Drop:
    """Drop it for good."""

    reason: str


@dataclass(frozen=True)
class Expire:
    """It is too old."""

    reason: str


@dataclass(frozen=True)
class Refuse:
    """Refuse the command: its times are impossible, or commands are held back."""

    reason: str


Decision = Push | Drop | Expire | Refuse


def lateness(command: PushMetadata, now: datetime) -> Expire | Refuse | None:
    """Why it is too late for the metadata, or its times are impossible; None when it is not."""
    why = too_late(command, now=now, from_archive=False)
    if why is not None:
        return Refuse(why) if command.issued_at > now else Expire(why)
    if command.expires_at is not None and command.expires_at <= now:
        return Expire(f"it expired at {command.expires_at.isoformat()}")
    return None


def decide(command: PushMetadata, policy: Policy | None) -> Push | Drop | Refuse:
    """What to do with metadata in time; policy: None where there is no such channel."""
    if policy is None:
        return Drop("there is no such channel")
    objection = policy.objection_to_command(force=command.force)
    if objection is not None:
        return Refuse(f"{objection}; the metadata would be pushed")
    return Push(command.reason or "commanded")
