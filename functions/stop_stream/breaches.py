"""What IVS says of a limit, told on: it cuts what is beyond a stream's limits by itself."""

from datetime import datetime

from ivskit.changes import LimitBreach
from ivskit.outcomes import StreamKept
from ivskit.policy import Mode


def noted(breach: LimitBreach, *, mode: Mode, at: datetime) -> StreamKept:
    """The outcome that names limit and excess."""
    said = breach.detail
    excess = f"{said.exceeded_by:,.15g} {said.limit_unit}"
    return StreamKept(
        cause=breach.id,
        channel_arn=breach.channel_arn,
        stream_id=said.stream_id,
        reason=f"{said.limit_name} is {excess} beyond the limit of {said.limit_value:,.15g}",
        limit=said.limit_name,
        mode=mode,
        at=at,
        event_id=breach.id,
    )
