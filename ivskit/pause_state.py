"""The parameter that pauses a stage: `off`, or who paused it, since when and why.

Any other text pauses too: a person who wrote it by hand meant to pause.
"""

import json
from dataclasses import dataclass
from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from ivskit import formats, names

# How long a function may use the value that it read last.
READ_EVERY = timedelta(seconds=30)


class Paused(BaseModel):
    """The parameter's value while automation is paused; commands_too: commands are held too."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    since: AwareDatetime
    by: str
    reason: str | None = None
    commands_too: bool = False
    v: int = formats.PAUSE

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return f"paused since {self.since:%Y-%m-%dT%H:%M:%SZ} by {self.by}{why}"


@dataclass(frozen=True)
class Standing:
    """What the parameter means: a sentence for people, and whether commands are held too."""

    sentence: str
    commands_too: bool = False


def standing(text: str) -> Standing | None:
    """What the parameter's text means, or None where it pauses nothing."""
    if text.strip().lower() == names.PAUSE_OFF:
        return None
    try:
        paused = Paused.model_validate_json(text)
    except ValidationError:
        return Standing(f"paused ({json.dumps(text)})")
    return Standing(str(paused), paused.commands_too)
