"""What settings and a channel's tags can say alike."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from ivskit.durations import OFF, Limit, format_duration, parse_duration, written

# A sweep compares the age of keys, once an hour at the least.
SHORTEST_AGE = timedelta(hours=1)


def _rotate(text: object) -> object:
    if text in ("after-stream", "never"):
        return text
    if text == OFF:
        return "never"
    try:
        age = parse_duration(text)
    except ValueError as error:
        raise ValueError(f"should be after-stream, never, or an age: {error}") from None
    if age < SHORTEST_AGE:
        shortest = format_duration(SHORTEST_AGE)
        raise ValueError(f"an age must be at least {shortest}, not {text!r}: say never for none")
    return age


Mode = Literal["enforce", "observe"]
# An age: the key changes after the first stream that ends when the key is as old as that.
Rotate = Annotated[
    Literal["after-stream", "never"] | timedelta,
    BeforeValidator(_rotate),
    PlainSerializer(written, return_type=str),
]
Revoke = Literal["after-stream", "never"]
# auto: whatever suits the occasion.
Then = Literal["auto", "rotate", "kick", "block"]


class PolicyValues(BaseModel):
    """What settings and tags have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    mode: Mode = "enforce"
    rotate: Rotate = "after-stream"
    max_duration: Limit = None
    max_starvation: Limit = None
    max_idle: Limit = None
    then: Then = "auto"
    revoke: Revoke = "never"
