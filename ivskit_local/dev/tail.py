"""What is new in the lists of a world that only grow; a world that runs for days lets go of it."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Tail(Generic[T]):
    """The end of a list; consume: what was read is removed from the list."""

    def __init__(self, items: list[T], *, consume: bool) -> None:
        self._items = items
        self._consume = consume
        self._read = 0

    def __len__(self) -> int:
        """How much is new."""
        return len(self._items) - self._read

    def new(self) -> list[T]:
        """What was added since the last look."""
        fresh = self._items[self._read :]
        if self._consume:
            self._items.clear()
        else:
            self._read = len(self._items)
        return fresh
