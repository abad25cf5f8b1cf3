"""What a run makes: tagged, written down before it is made, and deleted in the end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TAG = "ivskit:conform"

# Channels first, since they hold on to the others.
DELETES = {
    "channel": "DeleteChannel",
    "playback-key": "DeletePlaybackKeyPair",
    "playback-restriction-policy": "DeletePlaybackRestrictionPolicy",
    "recording-configuration": "DeleteRecordingConfiguration",
    "ad-configuration": "DeleteAdConfiguration",
    "failover-slate-configuration": "DeleteFailoverSlateConfiguration",
}
MEMBERS = {
    "CreateChannel": "channel",
    "ImportPlaybackKeyPair": "keyPair",
    "CreatePlaybackRestrictionPolicy": "playbackRestrictionPolicy",
    "CreateRecordingConfiguration": "recordingConfiguration",
    "CreateAdConfiguration": "adConfiguration",
    "CreateFailoverSlateConfiguration": "failoverSlateConfiguration",
}


class Ledger:
    """A file with a line before each thing is made, and one when it exists.

    Without a path nothing is written. The file has no secrets, and is removed when all is deleted.
    """

    def __init__(self, path: Path | None, run: str, *, region: str = "") -> None:
        self.path = path
        self._run = run
        self._region = region

    def note(self, what: str, **more: Any) -> None:
        """Add a line, on the disk before this returns."""
        if self.path is None:
            return
        now = datetime.now(UTC).isoformat()
        who = {"run": self._run, "region": self._region, "process": os.getpid()}
        line = {**who, "at": now, "what": what, **more}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def close(self) -> None:
        """All is deleted."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class Made:
    """The resources of a run: those of the present probe, and those that all share."""

    def __init__(self, delete: Callable[[str], bool], ledger: Ledger) -> None:
        self._delete = delete
        self.ledger = ledger
        self._scopes: list[list[str]] = [[]]
        self.left: list[str] = []

    def add(self, arn: str) -> None:
        """It exists from now on."""
        self._scopes[-1].append(arn)
        self.ledger.note("made", arn=arn)

    def adopt(self, arn: str) -> None:
        """An earlier run has left it; it is deleted with the rest."""
        self._scopes[0].append(arn)

    @contextmanager
    def shared(self) -> Iterator[None]:
        """What is made in the block is kept to the end of the run."""
        self._scopes.append([])
        try:
            yield
        finally:
            kept = self._scopes.pop()
            self._scopes[0].extend(kept)

    @contextmanager
    def one_probe(self) -> Iterator[None]:
        """What is made in the block is deleted at its end."""
        self._scopes.append([])
        try:
            yield
        finally:
            self._clean(self._scopes.pop())

    def end(self) -> None:
        """Delete all that is left; what cannot be deleted is in `left`."""
        while self._scopes:
            self._clean(self._scopes.pop())
        self._scopes.append([])

    def _clean(self, arns: list[str]) -> None:
        for arn in sorted(arns, key=_order):
            if not self._delete(arn):
                self.left.append(arn)


def kind_of(arn: str) -> str:
    """`channel` of a channel's ARN."""
    return arn.rpartition(":")[2].partition("/")[0]


def _order(arn: str) -> int:
    return list(DELETES).index(kind_of(arn))
