"""Moves dead letters back to their queues, and follows each to its outcome."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from ivskit import names
from ivskit.clock import now
from ivskit.commands import parse_command, too_late
from ivskit_cli.audit_log import AuditLog
from ivskit_cli.dead_letter_queues import DeadLetterQueue, DeadLetters, Letter, is_command
from ivskit_cli.deployed import client_of
from ivskit_local.errors import NotDone

LOOK_EVERY = 2.0
_OVER = ("COMPLETED", "CANCELLED", "FAILED")


@dataclass(frozen=True)
class Became:
    """The outcome of a letter; None where nothing has been published yet."""

    letter: Letter
    outcome: str | None
    reason: str | None
    is_refused: bool = False

    @property
    def sentence(self) -> str:
        """For people."""
        if self.outcome is None:
            return f"{self.letter.what}: no outcome yet; it is in its queue, and tried again."
        return f"{self.letter.what}: {self.outcome}, {self.reason}."


def why_too_old(letter: Letter) -> str | None:
    """Why the function would refuse this command by now, or None for everything else."""
    if not is_command(letter):
        return None
    try:
        command = parse_command(letter.event)
    except (KeyError, ValidationError):
        return None
    return too_late(command, now=now(), from_archive="replay-name" in letter.event)


def refuse_too_old(letters: Sequence[Letter]) -> None:
    """Raise NotDone where commands among these are too old."""
    old = [f"{each.what}: {why}" for each in letters if (why := why_too_old(each))]
    if old:
        raise NotDone(
            f"{len(old)} command(s) are too old, and would be refused: {'; '.join(old[:3])}."
            " Send them again, or redrive all with --even-too-old"
        )


def move(queue: DeadLetterQueue, *, until: datetime) -> int:
    """Move all messages of a queue back, and return how many; raises NotDone."""
    sqs = client_of("sqs")
    sqs.start_message_move_task(SourceArn=queue.arn)
    task = _newest(sqs, queue)
    while task.get("Status") not in _OVER and now() < until:
        time.sleep(LOOK_EVERY)
        task = _newest(sqs, queue)
    moved = int(task.get("ApproximateNumberOfMessagesMoved", 0))
    if task.get("Status") != "COMPLETED":
        why = task.get("FailureReason") or str(task.get("Status", "nothing")).lower()
        raise NotDone(f"{queue.name}: {moved} message(s) moved, then {why}")
    return moved


def _newest(sqs: Any, queue: DeadLetterQueue) -> Mapping[str, Any]:
    results = sqs.list_message_move_tasks(SourceArn=queue.arn, MaxResults=1).get("Results", [])
    return results[0] if results else {}


def follow(
    letters: Sequence[Letter], *, stage: str, since: datetime, timeout: int
) -> Iterator[Became]:
    """The outcome of each as it comes; at the end those that have none."""
    log = AuditLog(client_of("logs"), stage=stage, since=since)
    until = now() + timedelta(seconds=timeout)
    waiting = {letter.message_id: letter for letter in letters}
    while waiting:
        answers = _answers(log, {letter.event_id for letter in waiting.values()})
        for letter in [each for each in waiting.values() if each.event_id in answers]:
            yield _became(waiting.pop(letter.message_id), answers[letter.event_id])
        if now() >= until:
            break
        if waiting:
            time.sleep(LOOK_EVERY)
    yield from (Became(letter, None, None) for letter in waiting.values())


def _answers(log: AuditLog, event_ids: set[str]) -> Mapping[str, Mapping[str, Any]]:
    """The first outcome that each of these events has led to."""
    found: dict[str, Mapping[str, Any]] = {}
    for event in log.mentioning(event_ids):
        event_id = event["detail"].get("event_id")
        if event["source"] == names.OUTCOME and event_id in event_ids:
            found.setdefault(event_id, event)
    return found


def _became(letter: Letter, event: Mapping[str, Any]) -> Became:
    name = event["detail-type"]
    return Became(letter, name, event["detail"]["reason"], name == names.COMMAND_REFUSED)


def redriven(
    dead_letters: DeadLetters, queues: Sequence[DeadLetterQueue], *, even_too_old: bool
) -> list[Letter]:
    """What is in these queues and can be moved back; raises NotDone."""
    letters = [letter for queue in queues for letter in dead_letters.read(queue)]
    if not even_too_old:
        refuse_too_old(letters)
    return letters
