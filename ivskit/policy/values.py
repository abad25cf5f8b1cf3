"""The values of a policy that both settings and tags can set."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from ivskit.durations import OFF, Limit, format_duration, parse_duration, written

# A sweep checks the age of keys, at least once an hour.
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
        raise ValueError(f"an age must be at least {shortest}, not {text!r}: use never for none")
    return age


Mode = Literal["enforce", "observe"]
# An age: the key is replaced after the first stream that ends once the key is that old.
Rotate = Annotated[
    Literal["after-stream", "never"] | timedelta,
    BeforeValidator(_rotate),
    PlainSerializer(written, return_type=str),
]
Revoke = Literal["after-stream", "never"]
# auto: depends on what asks for the stop.
Then = Literal["auto", "rotate", "kick", "block"]


class PolicyValues(BaseModel):
    """The fields that settings and tags share."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    mode: Mode = "enforce"
    rotate: Rotate = "after-stream"
    max_duration: Limit = None
    max_starvation: Limit = None
    max_idle: Limit = None
    then: Then = "auto"
    revoke: Revoke = "never"
