"""The rules of health: what may not be, for how long, and what follows.

Source: IVS User Guide "Monitoring Amazon IVS with Amazon CloudWatch", for metrics and units.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ivskit.durations import Duration, format_duration

# In bits per second, in frames per second, and in seconds.
HealthMetric = Literal["ingest_bitrate", "ingest_framerate", "keyframe_interval"]
# By the names that CloudWatch has for them.
CLOUDWATCH_NAMES: Mapping[HealthMetric, str] = MappingProxyType(
    {
        "ingest_bitrate": "IngestBitrate",
        "ingest_framerate": "IngestFramerate",
        "keyframe_interval": "KeyframeInterval",
    }
)
Cure = Literal["notify", "kick", "rotate", "block"]
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(hours=3)


def _whole_minutes(span: timedelta) -> timedelta:
    if span % _SHORTEST or not _SHORTEST <= span <= _LONGEST:
        raise ValueError(f"should be whole minutes, 1m to 3h, not {format_duration(span)}")
    return span


class HealthRule(BaseModel):
    """A stream is unhealthy once a metric was below or above these in every minute of a time.

    for_: that time, as `for` in settings; then: what follows, besides an outcome.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,
        populate_by_name=True,
        serialize_by_alias=True,
    )
    below: Annotated[float, Field(ge=0)] | None = None
    above: Annotated[float, Field(ge=0)] | None = None
    for_: Annotated[Duration, AfterValidator(_whole_minutes)] = Field(
        default=timedelta(minutes=5), alias="for"
    )
    then: Cure = "notify"

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.below is None and self.above is None:
            raise ValueError("needs below or above")
        if self.below is not None and self.above is not None and self.below > self.above:
            raise ValueError(f"below ({self.below:g}) is more than above ({self.above:g})")
        return self

    def is_broken_by(self, value: float) -> bool:
        """Whether a minute with this average is wrong."""
        too_low = self.below is not None and value < self.below
        return too_low or (self.above is not None and value > self.above)

    def __str__(self) -> str:
        limits = (("below", self.below), ("above", self.above))
        said = " or ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
        return f"{said} for {format_duration(self.for_)}"


class HealthRules(BaseModel):
    """The rules of a deployment, one for each metric that is watched."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    ingest_bitrate: HealthRule | None = None
    ingest_framerate: HealthRule | None = None
    keyframe_interval: HealthRule | None = None

    def of(self, metric: HealthMetric) -> HealthRule | None:
        """The rule about this metric."""
        found: HealthRule | None = getattr(self, metric)
        return found

    @property
    def watched(self) -> Mapping[HealthMetric, HealthRule]:
        """Every rule, by its metric."""
        rules = {metric: self.of(metric) for metric in CLOUDWATCH_NAMES}
        return {metric: rule for metric, rule in rules.items() if rule is not None}


NO_RULES = HealthRules()
