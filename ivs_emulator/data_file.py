"""The state of a server in a file, so that a restart goes on with it.

Kept are the backends of all accounts and regions with what is due, the events, the clock's
advance, quotas, delays and buckets. Not kept are faults, the log of calls, failures, the counts of
the rates, and the recent past that stale reads show.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event, Thread
from time import monotonic
from typing import Any, TextIO

from .clock import CLOCK
from .conditions import Conditions
from .control import Control
from .everywhere import backends
from .models import IVSBackend, ivs_backends
from .state_format import Reader, Writer

FORMAT = "state of ivskit's emulator of IVS"
VERSION = 1
SAVE_SECONDS = 1.0
# Calls wait while a large state is read, so saves take a tenth of the time at most.
PAUSE = 9

RESOURCES = (
    "channels",
    "stream_keys",
    "playback_key_pairs",
    "playback_restriction_policies",
    "recording_configurations",
    "ad_configurations",
    "failover_slates",
)
OTHERS = (
    "keys_made",
    "sessions",
    "recordings",
    "revocations",
    "used_tokens",
    "metadata",
    "refusals",
)
OF_CONDITIONS = ("timing", "limits", "buckets")

State = dict[str, Any]


class DataFileRefused(Exception):
    """The file cannot be used; the text is one line that begins with its path."""


class DataFile:
    """Loads the file, if there is one, and saves it when something has changed.

    `calls`: how many calls that may change something there have been. The file can be read by its
    owner alone, since it has stream keys. It is replaced as a whole. Raises DataFileRefused.
    """

    def __init__(self, path: Path, control: Control, calls: Callable[[], int], log: TextIO) -> None:
        self._path = path.resolve()
        self._control, self._calls, self._log = control, calls, log
        self._over = Event()
        self._problem = ""
        _load(self._path, control)
        self._saved = self._changes()
        try:
            _save(self._path, control)
        except OSError as error:
            raise DataFileRefused(f"{path}: cannot be written: {error.strerror}") from error
        self._thread = Thread(target=self._run, name="data file", daemon=True)

    def start(self) -> None:
        """Save from now on, at most once a second."""
        self._thread.start()

    def close(self) -> None:
        """Save for the last time; a further call does nothing, since the state may be gone."""
        if self._over.is_set():
            return
        self._over.set()
        self._thread.join()
        self._save_changes()

    def _run(self) -> None:
        took = 0.0
        while not self._over.wait(max(SAVE_SECONDS, PAUSE * took)):
            began = monotonic()
            self._save_changes()
            took = monotonic() - began

    def _save_changes(self) -> None:
        changes = self._changes()
        if changes == self._saved:
            return
        try:
            _save(self._path, self._control)
        except OSError as error:
            self._say(f"{self._path}: could not be saved: {error.strerror}")
        else:
            self._saved, self._problem = changes, ""

    def _say(self, problem: str) -> None:
        if problem != self._problem:
            print(problem, file=self._log, flush=True)
        self._problem = problem

    def _changes(self) -> tuple[int, int, int]:
        """It differs when the state does; what is due changes it as well as calls do."""
        runs = sum(ivs.agenda.runs for ivs in backends())
        return self._calls(), self._control.journal.last, runs


def _save(path: Path, control: Control) -> None:
    state = json.dumps(_state(control)).encode()
    head = {"format": FORMAT, "v": VERSION, "sha256": sha256(state).hexdigest()}
    # It is readable by its owner alone from the first byte on.
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as new:
        try:
            new.write(json.dumps(head).encode() + b"\n" + state + b"\n")
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(new.name).unlink()
            raise


def _load(path: Path, control: Control) -> None:
    try:
        head, _, state = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return
    except OSError as error:
        raise DataFileRefused(f"{path}: {error.strerror}") from error
    state = state.removesuffix(b"\n")
    _check(path, head, state)
    try:
        _restore(control, json.loads(state))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise DataFileRefused(f"{path}: is damaged: {problem}") from error


def _check(path: Path, head: bytes, state: bytes) -> None:
    try:
        said = json.loads(head)
        ours, version, digest = said["format"] == FORMAT, int(said["v"]), said["sha256"]
    except (KeyError, TypeError, ValueError):
        ours, version, digest = False, 0, ""
    if not ours:
        raise DataFileRefused(
            f"{path}: is no data file of this emulator, or its beginning is damaged"
        )
    if version > VERSION:
        raise DataFileRefused(
            f"{path}: was written by a newer release of ivskit: format {version},"
            f" and this one reads up to {VERSION}"
        )
    if digest != sha256(state).hexdigest():
        raise DataFileRefused(f"{path}: is damaged: its content does not have its checksum")


def _state(control: Control) -> State:
    """All of one moment."""
    there = list(backends())
    with ExitStack() as locks:
        for ivs in there:
            locks.enter_context(ivs.lock)
        last, events = control.journal.kept()
        writer, conditions = Writer(None), control.conditions
        return {
            "clock": writer.write(CLOCK.ahead),
            "conditions": {n: writer.write(getattr(conditions, n)) for n in OF_CONDITIONS},
            "last": last,
            "events": events,
            "backends": [_state_of(ivs) for ivs in there],
        }


def _state_of(ivs: IVSBackend) -> State:
    writer = Writer(ivs)
    due = [[due.at, due.about, due.action] for due in ivs.agenda.pending()]
    return {
        "account": ivs.account_id,
        "region": ivs.region_name,
        "has": {name: writer.write(getattr(ivs, name)) for name in RESOURCES + OTHERS},
        "due": writer.write(due),
        "sequence": writer.write(ivs.identifiers.sequence),
    }


def _restore(control: Control, state: State) -> None:
    _restore_conditions(control.conditions, state["conditions"])
    CLOCK.advance(Reader(None).read(state["clock"]).total_seconds())
    for saved in state["backends"]:
        _restore_backend(saved)
    control.journal.restore(state["last"], state["events"])
    for event in state["events"]:
        ivs_backends[event["account"]][event["region"]].events.append(event)


def _restore_conditions(conditions: Conditions, saved: State) -> None:
    for name in OF_CONDITIONS:
        setattr(conditions, name, Reader(None).read(saved[name]))


def _restore_backend(saved: State) -> None:
    ivs = ivs_backends[saved["account"]][saved["region"]]
    reader = Reader(ivs)
    for name in RESOURCES:
        # Not item by item: to a stale read, all was there before.
        dict.update(getattr(ivs, name), reader.read(saved["has"][name]))
    for name in OTHERS:
        setattr(ivs, name, reader.read(saved["has"][name]))
    for at, about, action in reader.read(saved["due"]):
        ivs.agenda.add(at, action, *about)
    ivs.identifiers.sequence = reader.read(saved["sequence"])
