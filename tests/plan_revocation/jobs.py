"""Revocation jobs, and their outcomes."""

from typing import Any

from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.revocations import revoke

BATCH = "BatchStartViewerSessionRevocation"
SINGLE = "StartViewerSessionRevocation"
TO_FORCE = "send the command with force to act anyway; its viewers would be revoked"
OBSERVED = {"ivskit:managed": "true", "ivskit:mode": "observe"}


def asked(world: World, **detail: Any) -> dict[str, Any]:
    """Have a command carried out; answers the outcome of the job."""
    world.deliver(revoke(world, **detail))
    world.settle()
    [outcome] = outcomes_of(world, "Viewers Revoked")
    assert world.dead_letters() == []
    assert broken_invariants(world) == []
    return outcome


def planned(world: World) -> dict[str, Any]:
    """The outcome of planning: one id, however often it is published."""
    [outcome] = outcomes_of(world, "Revocation Planned")
    return outcome


def numbers(outcome: dict[str, Any]) -> tuple[int, ...]:
    """The counts of an outcome."""
    return tuple(outcome[name] for name in ("revoked", "failed", "rejected", "skipped"))


def channel(world: World, **tags: str) -> str:
    """One more channel, with these tags."""
    made = world.client("ivs").create_channel(name="another", tags=tags)
    return str(made["channel"]["arn"])


def refused(world: World, **detail: Any) -> dict[str, Any]:
    """Have a command refused; answers how."""
    world.deliver(revoke(world, **detail))
    world.settle()
    [outcome] = outcomes_of(world, "Command Refused")
    assert outcomes_of(world, "Revocation Planned") == []
    assert world.dead_letters() == []
    return outcome
