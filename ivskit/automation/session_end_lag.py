"""How long to believe that a session has ended while IVS still shows it as live.

IVS gives a session its end a moment after the event Stream End.
"""

from datetime import datetime, timedelta
from typing import Final

SHORTEST_ENDING = timedelta(seconds=5)
LONGEST_ENDING = timedelta(minutes=5)
STILL_SHOWN: Final = "IVS still shows the session that has ended as live"


def next_look(ended_at: datetime, *, now: datetime) -> datetime | None:
    """When to look again at a session that is still shown, or None when that has lasted too long.

    Later every time: Lambda takes a function that sends itself 16 messages for a runaway.
    """
    ago = now - ended_at
    return now + max(SHORTEST_ENDING, ago / 2) if ago < LONGEST_ENDING else None
