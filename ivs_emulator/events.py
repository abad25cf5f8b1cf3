"""The EventBridge events of IVS, in their full envelope."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .models import IVSBackend

SOURCE = "aws.ivs"
STREAM_STATE_CHANGE = "IVS Stream State Change"
STREAM_HEALTH_CHANGE = "IVS Stream Health Change"
LIMIT_BREACH = "IVS Limit Breach"
RECORDING_STATE_CHANGE = "IVS Recording State Change"
AD_BREAK_STATE_CHANGE = "IVS Ad Break State Change"


def envelope(
    ivs: IVSBackend, detail_type: str, resources: list[str], detail: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """An event as EventBridge delivers it."""
    return {
        "version": "0",
        "id": ivs.identifiers.event_id(),
        "detail-type": detail_type,
        "source": SOURCE,
        "account": ivs.account_id,
        "time": timestamp(at),
        "region": ivs.region_name,
        "resources": resources,
        "detail": detail,
    }


def timestamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def discriminator(ivs: IVSBackend, detail_type: str) -> str:
    """The member's name; a limit breach has another one in AWS's registry than in its guide."""
    return {
        LIMIT_BREACH: ivs.limit_member,
        RECORDING_STATE_CHANGE: "recording_status",
    }.get(detail_type, "event_name")
