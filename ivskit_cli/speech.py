"""Talks with a person: sentences with a colour, a line of progress, and a question."""

import sys

from ivskit_local.errors import NotDone, WrongUsage

_STYLES = {"verified": "green", "done": "green", "refused": "bold red", "not done": "bold red"}


class Speech:
    """Sentences on standard output, progress on standard error; is_silent: neither."""

    def __init__(self, *, is_silent: bool = False) -> None:
        self._is_silent = is_silent
        self._screen = None
        if not is_silent and sys.stdout.isatty():
            # Not before: rich takes longer to import than a command takes.
            from ivskit_cli.screen import Screen

            self._screen = Screen()

    def say(self, sentence: str, *, of: str | None = None) -> None:
        """Say it, in the colour of this state."""
        if self._is_silent:
            return
        if self._screen is None:
            print(sentence, flush=True)
        else:
            self._screen.sentence(sentence, style=_STYLES.get(of or "", ""))

    def progress(self, text: str) -> None:
        """Show what it waits for, in a terminal."""
        if self._screen is not None:
            self._screen.progress(text)


def is_followed(wait: bool | None) -> bool:
    """Whether to wait: as asked, else where a person looks on."""
    return sys.stdout.isatty() if wait is None else wait


def is_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def confirm(question: str, *, yes: bool, otherwise: str = "nothing was sent") -> None:
    """Ask a person; raises NotDone on a no, and WrongUsage where nobody can be asked."""
    if yes:
        return
    if not is_terminal():
        raise WrongUsage(f"{question} Nobody can be asked here: --yes does it without asking")
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise NotDone(otherwise)
