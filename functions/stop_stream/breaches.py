"""Reports a limit breach; IVS itself cuts a stream that exceeds the limits of streams."""

import re
from datetime import datetime

from ivskit.changes import LimitBreach
from ivskit.outcomes import StopSkipped
from ivskit.policy.values import Mode


def sentence(breach: LimitBreach) -> str:
    """The actual value, in the unit of the limit, and the limit."""
    detail = breach.detail
    there_is = detail.limit_value + detail.exceeded_by
    unit, verb = detail.limit_unit, "exceed"
    if there_is == 1:
        unit, verb = re.sub(r"s\b", "", unit, count=1), "exceeds"
    return f"{there_is:,.15g} {unit} {verb} the limit of {detail.limit_value:,.15g}"


def noted(
    breach: LimitBreach, *, mode: Mode, at: datetime, because: str | None = None
) -> StopSkipped:
    """The outcome that names limit and excess, and why no stream is shed for it."""
    not_shed = f"; no stream is shed, since {because}" if because else ""
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
