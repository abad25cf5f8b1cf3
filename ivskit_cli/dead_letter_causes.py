"""Why messages were given up, in a sentence, and what to do about it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ivskit.redaction import redact
from ivskit_cli.dead_letter_queues import Letter
from ivskit_cli.deployed import client_of

UNKNOWN = "its log names no error: the function may have died at every try"
_FIELD = re.compile(r"^(?P<field>\S.*)\n  (?P<what>.+?)(?: \[type=.*)?$", re.MULTILINE)
_OF_AWS = re.compile(
    r"(\w+: )?An error occurred \((?P<code>\w+)\) when calling the (?P<operation>\w+) operation"
    r"( \([^)]*\))?: (?P<said>.*)",
    re.DOTALL,
)
_LONGEST = 300
# The first that is found in a cause says what to do about it.
_ADVICE = {
    "could not be delivered": "let EventBridge or the Scheduler send to the queue, then redrive",
    "message is invalid": "no redrive helps: save it with show --save, and ask its sender",
    "newer release": "deploy the newer release, then redrive",
    "AccessDenied": "allow the function's role what the error names, then redrive",
    "not authorized": "allow the function's role what the error names, then redrive",
    "Throttl": "redrive when fewer calls are made",
    "LimitExceeded": "have the quota raised, then redrive",
    "NotFound": "see what was deleted, then redrive",
}
_ELSE = "redrive once the cause is gone"


class Causes:
    """Why the letters of a stage were given up."""

    def __init__(self, stage: str) -> None:
        self._prefix = f"/ivskit/{stage}/"
        self._logs = client_of("logs")
        self._failures: dict[str, Mapping[str, str]] = {}

    def of(self, letters: Sequence[Letter]) -> dict[str, str]:
        """A sentence for each letter of one queue, by the id of its message."""
        undelivered = [each for each in letters if each.error_code or each.error_message]
        failed = [each for each in letters if each not in undelivered]
        found = {each.message_id: _undelivered(each) for each in undelivered}
        if failed:
            since = min(each.sent_at for each in failed)
            errors = self._errors(failed[0].queue.function, since)
            found |= {each.message_id: errors.get(each.message_id, UNKNOWN) for each in failed}
        return found

    def _errors(self, function: str, since: datetime) -> Mapping[str, str]:
        """What the function logged of each message at its last try."""
        group = self._group(function)
        found: dict[str, str] = {}
        for line in self._lines(group, since) if group else ():
            if isinstance(line, dict) and "message_id" in line:
                found[str(line["message_id"])] = in_a_sentence(str(line.get("error", UNKNOWN)))
        return found

    def _group(self, function: str) -> str | None:
        """The log group of the function whose name the queue's begins with."""
        pages = self._logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=self._prefix
        )
        known = [each["logGroupName"] for page in pages for each in page["logGroups"]]
        fits = (
            group
            for group in known
            if f"{function}-".startswith(group.removeprefix(self._prefix).replace("_", "-") + "-")
        )
        return max(fits, key=len, default=None)

    def _lines(self, group: str, since: datetime) -> Iterator[Any]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=group,
            startTime=int(since.timestamp() * 1000),
            filterPattern='"Record failed"',
        )
        for page in pages:
            for event in page["events"]:
                try:
                    yield json.loads(event["message"])
                except ValueError:
                    continue


def _undelivered(letter: Letter) -> str:
    said = letter.error_message or letter.error_code
    return f"it could not be delivered to the queue: {redact(said)}"


def in_a_sentence(error: str) -> str:
    """The error without names of models; stream keys are masked."""
    kind, _, said = error.partition(": ")
    if kind == "ValidationError":
        wrong = [f"{each['field']}: {each['what']}" for each in _FIELD.finditer(said)]
        said = f"the message is invalid: {'; '.join(wrong) or said.splitlines()[0]}"
    else:
        said = _OF_AWS.sub(r"\g<operation> fails: \g<code>, \g<said>", error)
    line = " ".join(str(redact(said)).split())
    return f"{line[: _LONGEST - 1]}…" if len(line) > _LONGEST else line


def advice(cause: str) -> str:
    """What to do about a cause."""
    return next((do for word, do in _ADVICE.items() if word in cause), _ELSE)
