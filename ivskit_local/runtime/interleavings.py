"""Every order in which threads can run, one world after the other."""

from collections.abc import Iterator, Sequence

from ivskit_local.runtime.threads import Choose


class _Path:
    """One way through all choices: the given choices, then always the first."""

    def __init__(self, choices: Sequence[int]) -> None:
        self.taken = list(choices)
        self.widths: list[int] = []

    def __call__(self, names: Sequence[str]) -> int:
        self.widths.append(len(names))
        if len(self.widths) > len(self.taken):
            self.taken.append(0)
        return self.taken[len(self.widths) - 1]

    def next(self) -> list[int] | None:
        """The next path, depth first."""
        for depth in reversed(range(len(self.widths))):
            if self.taken[depth] + 1 < self.widths[depth]:
                return [*self.taken[:depth], self.taken[depth] + 1]
        return None


def interleavings() -> Iterator[Choose]:
    """Choosers, one for each order that threads can run in; run the same world with each."""
    choices: list[int] | None = []
    while choices is not None:
        path = _Path(choices)
        yield path
        choices = path.next()
