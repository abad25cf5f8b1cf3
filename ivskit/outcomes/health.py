"""Outcomes about the health of streams, by the metrics of IVS."""

from pydantic import AwareDatetime

from ivskit import names
from ivskit.outcomes.outcome import Outcome
from ivskit.policy.health import Cure, HealthMetric


class StreamUnhealthy(Outcome):
    """A metric of a stream was wrong for as long as the policy allows.

    value: the average of the newest minute; since: when it began; then: what follows, where the
    channel's mode lets it.
    """

    name = names.STREAM_UNHEALTHY
    metric: HealthMetric
    value: float
    since: AwareDatetime
    then: Cure


class StreamHealthyAgain(Outcome):
    """The metric of an unhealthy stream was right for as long.

    value: the average of the newest minute; since: when it became unhealthy.
    """

    name = names.STREAM_HEALTHY_AGAIN
    metric: HealthMetric
    value: float
    since: AwareDatetime
