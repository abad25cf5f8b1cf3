"""`ivskit dead-letters`: what functions gave up, why, and another try."""

import json as json_format
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from ivskit_cli.arguments import Json, Stage, at_least_one, taken_by
from ivskit_cli.project import stage_of
from ivskit_local.errors import WrongUsage

if TYPE_CHECKING:
    from ivskit_cli.dead_letter_queues import Letter

dead_letters = App(
    name="dead-letters",
    group_parameters="Options",
    help="""List what functions gave up and why, show it, and redrive it.

    A message that failed ten times is in a dead-letter queue for 14 days. Reading hides it for
    seconds. Needs sqs:ListQueues, sqs:GetQueueAttributes, sqs:ReceiveMessage and
    sqs:ChangeMessageVisibility, ssm:GetParametersByPath, logs:DescribeLogGroups and
    logs:FilterLogEvents; a redrive also sqs:StartMessageMoveTask, sqs:ListMessageMoveTasks, and
    sqs:SendMessage, sqs:DeleteMessage as SQS asks for them.

    For example:
      ivskit dead-letters
      ivskit dead-letters show stop-stream --save letters.json
      ivskit dead-letters redrive stop-stream
    """,
)
Queues = Annotated[
    tuple[str, ...],
    Parameter(name="QUEUE", help="such as stop-stream: its name without stage and ending"),
]


@dead_letters.default
@dead_letters.command(name="list")
def list_them(*, stage: Stage = None, json: Json = False) -> bool:
    """List each cause: in which queue, how often, since when, and what to do.

    Exit 0 there are no dead letters, 1 there are.

    For example:
      ivskit dead-letters list --stage prod
    """
    from ivskit_cli.tables import print_table

    groups = list(_grouped(_letters((), stage_of(stage))))
    if json:
        print(json_format.dumps(groups, indent=2))
    elif not groups:
        print("no dead letters")
    else:
        heads = ("QUEUE", "HOW MANY", "SINCE (UTC)", "CAUSE", "DO")
        print_table(heads, [list(map(str, each.values())) for each in groups], right=("HOW MANY",))
    return not groups


@dead_letters.command
def show(
    queues: Queues = (),
    /,
    *,
    save: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="write the messages for `ivskit replay`, keys masked"),
    ] = None,
    stage: Stage = None,
    json: Json = False,
) -> None:
    """Show each message: what it asked for, since when it is there, and its last error.

    For example:
      ivskit dead-letters show stop-stream --save letters.json
    """
    found = list(_letters(queues, stage_of(stage)))
    if json:
        print(json_format.dumps([_as_document(*each) for each in found], indent=2))
    else:
        for letter, cause in found:
            sent = f"{letter.sent_at:%Y-%m-%d %H:%M:%S} UTC"
            print(f"{letter.queue.name}  {sent}  {letter.what}: {cause}")
    if save is not None:
        _save([letter for letter, _ in found], save)


@dead_letters.command
def redrive(
    queues: Queues = (),
    /,
    *,
    every: Annotated[bool, Parameter(name="--all", help="all queues of functions")] = False,
    even_too_old: Annotated[
        bool, Parameter(help="also where commands are too old, and will be refused")
    ] = False,
    timeout: Annotated[
        int,
        Parameter(
            metavar="SECONDS", converter=taken_by(at_least_one), help="how long to follow them"
        ),
    ] = 60,
    stage: Stage = None,
    json: Json = False,
) -> bool:
    """Move messages back to their queues, and give the outcome of each.

    A repeat is harmless, an event that is too old changes nothing. Commands that are too old would
    be refused one by one, so a redrive of them needs --even-too-old. Exit 0 each got an outcome, 1
    one was refused or got none, 2 wrong usage.

    For example:
      ivskit dead-letters redrive stop-stream
      ivskit dead-letters redrive --all --even-too-old
    """
    if bool(queues) == every:
        raise WrongUsage("redrive takes names of queues, or --all")
    from ivskit.clock import now
    from ivskit_cli.dead_letter_queues import DeadLetters
    from ivskit_cli.redriving import follow, move, redriven

    name = stage_of(stage)
    with _errors(name):
        there = DeadLetters(name)
        chosen = [each for each in there.called(queues) if each.count and _moves(each.name, every)]
        letters = redriven(there, chosen, even_too_old=even_too_old)
        began = now()
        for queue in chosen:
            moved = move(queue, until=began + timedelta(seconds=timeout))
            _say(f"{queue.name}: {moved} message(s) moved back.", unless=json)
        became = []
        for each in follow(letters, stage=name, since=began, timeout=timeout):
            became.append(each)
            _say(each.sentence, unless=json)
    if json:
        print(
            json_format.dumps(
                [
                    {**_about(each.letter), "outcome": each.outcome, "reason": each.reason}
                    for each in became
                ],
                indent=2,
            )
        )
    elif not chosen:
        print("no dead letters")
    return all(each.outcome is not None and not each.is_refused for each in became)


# What EventBridge could not deliver to a log or a topic has no queue to go back to.
_NO_WAY_BACK = ("audit", "notifications")


def _moves(name: str, every: bool) -> bool:
    if name not in _NO_WAY_BACK:
        return True
    if every:
        return False
    raise WrongUsage(f"{name} has no queue to move back to: see its entry in docs/runbook.md")


def _say(sentence: str, *, unless: bool) -> None:
    if not unless:
        print(sentence, flush=True)


def _errors(stage: str) -> Any:
    from ivskit_cli.deployed import is_deployed, one_line_errors

    return one_line_errors(f"parameter /ivskit/{stage}/bus", question=is_deployed(stage))


def _letters(wanted: Sequence[str], stage: str) -> "Iterator[tuple[Letter, str]]":
    """Each letter, and why it was given up."""
    from ivskit_cli.dead_letter_causes import Causes
    from ivskit_cli.dead_letter_queues import DeadLetters

    with _errors(stage):
        there, causes = DeadLetters(stage), Causes(stage)
        for queue in there.called(wanted):
            letters = there.read(queue) if queue.count else []
            why = causes.of(letters)
            yield from ((letter, why[letter.message_id]) for letter in letters)


def _grouped(letters: "Iterator[tuple[Letter, str]]") -> Iterator[dict[str, Any]]:
    from ivskit_cli.dead_letter_causes import advice

    groups: dict[tuple[str, str], list[Letter]] = {}
    for letter, cause in letters:
        groups.setdefault((letter.queue.name, cause), []).append(letter)
    for (queue, cause), those in groups.items():
        yield {
            "queue": queue,
            "messages": len(those),
            "since": f"{min(each.sent_at for each in those):%Y-%m-%d %H:%M}",
            "cause": cause,
            "do": advice(cause),
        }


def _about(letter: "Letter") -> dict[str, Any]:
    return {
        "queue": letter.queue.name,
        "message_id": letter.message_id,
        "what": letter.what,
        "since": letter.sent_at.isoformat(),
    }


def _as_document(letter: "Letter", cause: str) -> dict[str, Any]:
    from ivskit_cli.dead_letter_causes import advice

    return {**_about(letter), "cause": cause, "do": advice(cause)}


def _save(letters: "Sequence[Letter]", file: Path) -> None:
    """As `aws sqs receive-message` prints messages, which a replay reads."""
    import re

    from ivskit import names

    keys = re.compile(names.STREAM_KEY_PATTERN)
    messages = [
        {"MessageId": each.message_id, "Body": keys.sub("sk_(removed)", each.replayable)}
        for each in letters
    ]
    try:
        file.write_text(json_format.dumps({"Messages": messages}, indent=2), encoding="utf-8")
    except OSError as error:
        raise WrongUsage(f"{file}: {error.strerror}") from error
    print(f"{len(letters)} message(s) are in {file}: ivskit replay {file}")
