"""Puts a command on the bus of a stage, and follows it in the audit log until its outcome."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from ivskit import names
from ivskit.clock import now
from ivskit.redaction import redact, redacted_errors
from ivskit_cli.audit_log import AuditLog
from ivskit_cli.channel_names import Channel
from ivskit_cli.deployed import client_of, is_deployed, one_line_errors
from ivskit_cli.how import How
from ivskit_cli.project import stage_of
from ivskit_cli.speech import Speech, confirm, is_followed
from ivskit_cli.verdicts import Story, Verdict
from ivskit_local.errors import NotDone, WrongUsage

if TYPE_CHECKING:
    from ivskit.commands import AnyCommand, Command

    C = TypeVar("C", bound=Command)

# FilterLogEvents allows five calls a second per account and region.
LOOK_EVERY = 1.0
# The clocks of a laptop and of AWS may differ.
_SKEW = timedelta(minutes=5)


def issue(kind: "type[C]", how: How, **fields: Any) -> "C":
    """A new command of this kind; raises WrongUsage with each field that is invalid."""
    given = {name: value for name, value in fields.items() if value not in (None, (), "")}
    try:
        return kind.issue(**given, reason=how.reason, force=how.force)
    except ValidationError as error:
        raise WrongUsage("; ".join(redacted_errors(error))) from error


def about(channels: Sequence[Channel]) -> Mapping[str, Any]:
    """The fields of a ChannelCommand that name these channels."""
    arns = [channel.arn for channel in channels]
    return {"channel_arn": arns[0]} if len(arns) == 1 else {"channel_arns": arns}


def send(
    command: "AnyCommand", channels: Sequence[Channel], how: How, *, ask: str | None = None
) -> bool:
    """Send the command and, where asked, follow it; returns whether it was done, as far as known.

    channels: those of which each gets an answer; ask: what a person must confirm first. Raises
    NotDone, and WrongUsage where nobody can be asked.
    """
    stage = stage_of(how.stage)
    bus = _bus(stage)
    if how.dry_run:
        print(json.dumps(command.entry(bus), indent=2))
        return True
    if how.verbose:
        print(json.dumps(command.entry(bus), indent=2), file=sys.stderr)
    question = ask or _of_many(command.detail_type, channels)
    if question is not None:
        confirm(question, yes=how.yes)
    with _errors(stage):
        answer = client_of("events").put_events(Entries=[command.entry(bus)])
    if answer["FailedEntryCount"]:
        failed = answer["Entries"][0]
        raise NotDone(f"it was not sent: {failed['ErrorCode']}: {failed['ErrorMessage']}")
    named = {channel.arn: str(channel) for channel in channels}
    return _Sent(command, Story(command.detail_type, command.command_id, named), stage, how).end()


def _of_many(detail_type: str, channels: Sequence[Channel]) -> str | None:
    if len(channels) < 2:
        return None
    return f"{detail_type}: {', '.join(map(str, channels))}. On all {len(channels)} channels?"


def _bus(stage: str) -> str:
    with _errors(stage):
        parameter = client_of("ssm").get_parameter(Name=f"/ivskit/{stage}/bus")
    address: str = parameter["Parameter"]["Value"]
    return address


def _errors(stage: str) -> Any:
    return one_line_errors(f"parameter /ivskit/{stage}/bus", question=is_deployed(stage))


class _Sent:
    """A command that is on the bus."""

    def __init__(self, command: "AnyCommand", story: Story, stage: str, how: How) -> None:
        self._command = command
        self._story = story
        self._stage = stage
        self._how = how
        self._speech = Speech(is_silent=how.json or how.quiet)
        self._verdicts: list[Verdict] = []

    def end(self) -> bool:
        """Follow it where asked, say its outcome, and return whether it was done."""
        channels = ", ".join(self._story.channels.values())
        to = f" for {channels}" if channels else ""
        self._speech.say(f"Sent {self._command.detail_type}{to}, as {self._command.command_id}.")
        followed = is_followed(self._how.wait)
        if followed:
            self._follow_unless_interrupted()
        if self._how.json:
            print(json.dumps(self._document(followed=followed), indent=2))
        if not followed:
            self._speech.say(f"What comes of it: {self._audit()}")
        return not followed or self._verdict()

    def _follow_unless_interrupted(self) -> None:
        try:
            self._follow()
        except KeyboardInterrupt:
            self._speech.say(f"It is sent, and acts all the same: {self._audit()}")
            raise

    def _follow(self) -> None:
        until = now() + timedelta(seconds=self._how.timeout)
        log = AuditLog(client_of("logs"), stage=self._stage, since=self._command.issued_at - _SKEW)
        while not self._story.is_over:
            for verdict in self._new(log):
                self._speech.say(verdict.sentence, of=verdict.state)
                self._verdicts.append(verdict)
            if now() >= until:
                return
            if not self._story.is_over:
                self._speech.progress(f"waiting for the outcome, until {until:%H:%M:%S} UTC")
                time.sleep(LOOK_EVERY)

    def _new(self, log: AuditLog) -> Iterator[Verdict]:
        try:
            yield from self._story.read(log.naming(self._command.command_id))
        except NotDone as error:
            sent = f"the command is sent as {self._command.command_id}"
            raise NotDone(f"{sent}, but its outcome cannot be read: {error}") from error

    def _verdict(self) -> bool:
        story = self._story
        if story.is_over:
            return story.is_done
        waited = f"in {self._how.timeout} s"
        if story.is_done:
            self._speech.say(f"Nothing verified it {waited}; it stays as it is. {self._audit()}")
            return True
        self._speech.say(f"No outcome {waited}: it may still come. {self._audit()}", of="not done")
        return False

    def _audit(self) -> str:
        """What to type to see what comes of it."""
        stage = f" --stage {self._stage}" if self._how.stage else ""
        revokes = self._command.detail_type == names.REVOKE_VIEWERS
        what = "jobs --watch" if revokes else "audit --cause"
        return f"ivskit {what} {self._command.command_id}{stage}"

    def _document(self, *, followed: bool) -> Mapping[str, Any]:
        verdict = self._story.verdict if followed else "sent"
        return {
            "command": self._command.detail_type,
            "command_id": self._command.command_id,
            "stage": self._stage,
            "verdict": "no outcome" if verdict == "open" else verdict,
            "channels": [
                {"channel_arn": arn or None, "state": state if followed else "sent"}
                for arn, state in self._story.states.items()
            ],
            "story": [
                {"sentence": redact(verdict.sentence), "channel_arn": verdict.channel_arn}
                for verdict in self._verdicts
            ],
        }
