"""Reports a limit breach; IVS itself cuts a stream that exceeds the limits of streams."""

from datetime import datetime

from ivskit.changes import LimitBreach
from ivskit.outcomes import StopSkipped
from ivskit.policy.values import Mode


def sentence(breach: LimitBreach) -> str:
    """Limit and excess."""
    said = breach.detail
    excess = f"{said.exceeded_by:,.15g} {said.limit_unit}"
    return f"{said.limit_name} is {excess} beyond the limit of {said.limit_value:,.15g}"


def noted(
    breach: LimitBreach, *, mode: Mode, at: datetime, because: str | None = None
) -> StopSkipped:
    """The outcome that names limit and excess, and why no stream is shed for it."""
    not_shed = f"; nothing is shed, since {because}" if because else ""
    return StopSkipped(
        cause=breach.id,
        channel_arn=breach.channel_arn,
        stream_id=breach.detail.stream_id,
        reason=sentence(breach) + not_shed,
        limit=breach.detail.limit_name,
        mode=mode,
        at=at,
        event_id=breach.id,
    )
