"""How long to trust a Stream End while IVS still shows the session as live.

IVS sets the end of a session a moment after the event Stream End.
"""

from datetime import datetime, timedelta
from typing import Final

SHORTEST_ENDING = timedelta(seconds=5)
LONGEST_ENDING = timedelta(minutes=5)
STILL_SHOWN: Final = "IVS still shows the ended session as live"


def next_look(ended_at: datetime, *, now: datetime) -> datetime | None:
    """When to look again at a session that is still shown, or None when that has lasted too long.

    At growing intervals: Lambda stops a function that sends itself 16 messages as a loop.
    """
    ago = now - ended_at
    return now + max(SHORTEST_ENDING, ago / 2) if ago < LONGEST_ENDING else None
