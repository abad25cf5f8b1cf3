"""A program that plays parts which are over at once, take a minute, fail, or end their process."""

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.play import Played
from ivskit_local.scenarios.processes import Part, playing

NOTHING: dict[str, Any] = {
    "tells": "Nothing.",
    "channels": {"show": {}},
    "steps": [{"at": "0s", "do": "watch", "channel": "show", "viewers": 0}],
    "expect": {},
}


@dataclass(frozen=True)
class OddPart(Part):
    """Does something instead of a scenario."""

    does: str = ""

    def play(self) -> Played:
        match self.does:
            case "fail":
                raise ValueError("this part failed")
            case "die":
                os._exit(1)
            case "interrupted":
                signal.raise_signal(signal.SIGINT)
            case "last":
                time.sleep(60)
        return Played(self.script, [], [], {}, timedelta(), sessions=0, keys=0)


def main(*does: str) -> None:
    """Play a part for each word, in two processes, and print what the results are about."""
    parts = [
        OddPart(parse_scenario(f"{what}.json", NOTHING), {}, Path(), does=what) for what in does
    ]
    with suppress(KeyboardInterrupt), playing(parts, jobs=2) as results:
        print("playing", flush=True)
        for played in results:
            print(played.script.name, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
