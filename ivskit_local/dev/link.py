"""The web server's end of the pipe to the process of the world."""

import asyncio
import multiprocessing
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from ivskit_local.dev.process import serve
from ivskit_local.dev.stage import Setup
from ivskit_local.errors import NotDone, WrongUsage

# A world is there within a second or two; a machine that does other things takes longer.
_LONGEST_START = 60


class Bug(Exception):
    """Something that ivskit did not expect; its log says what."""


class Link:
    """Asks one thing after the other; enter it to start the world."""

    def __init__(self, setup: Setup, *, speed: float, paused: bool) -> None:
        # A fresh interpreter: the world changes time, which must not reach this process.
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._theirs: Connection | None = theirs
        self._process = context.Process(
            target=serve, args=(theirs, setup), kwargs={"speed": speed, "paused": paused}
        )
        self._turn = threading.Lock()

    def __enter__(self) -> "Link":
        self._process.start()
        if self._theirs is not None:
            self._theirs.close()
        if not self._is_ready():
            self.__exit__()
            raise NotDone("the world did not start; its error is above")
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.close()
        self._process.join(timeout=2)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()

    def _is_ready(self) -> bool:
        with suppress(EOFError, OSError):
            return self._ours.poll(_LONGEST_START) and self._ours.recv() == ("ready", None)
        return False

    @property
    def is_alive(self) -> bool:
        """Whether the process of the world runs."""
        return self._process.is_alive()

    async def ask(self, what: str, **given: Any) -> Any:
        """What the world answers; raises WrongUsage for a refusal, and Bug."""
        return await asyncio.to_thread(self.ask_now, what, given)

    def ask_now(self, what: str, given: Mapping[str, Any]) -> Any:
        """The same, for callers without a loop."""
        try:
            with self._turn:
                self._ours.send((what, dict(given)))
                kind, said = self._ours.recv()
        except (EOFError, OSError) as gone:
            raise Bug("the process of the world has ended; see the log of ivskit dev") from gone
        if kind == "refused":
            raise WrongUsage(said)
        if kind == "bug":
            raise Bug(said)
        return said
