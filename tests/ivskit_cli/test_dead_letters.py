"""`ivskit dead-letters`: what was given up, why, and what a redrive makes of it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ivskit_cli.dead_letter_causes import advice, in_a_sentence
from ivskit_cli.main import main
from ivskit_local.runtime.synth import Templates, synthesize
from tests.ivskit_cli.stages import MANAGED, SECONDS, Stage, stage
from tests.worlds import ROOT

MINUTES = timedelta(minutes=1)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return synthesize(ROOT)


@pytest.fixture
def there(templates: Templates, capsys: pytest.CaptureFixture[str]) -> Iterator[Stage]:
    """A stage whose memory failed while two stops were sent, and works again."""
    with stage(templates, capsys, {"show": MANAGED, "quiz": MANAGED}) as there:
        for channel in ("show", "quiz"):
            there.go_live(channel)
        there.world.run_for(30 * SECONDS)
        fault = there.world.gate.fault(
            "dynamodb", "UpdateItem", "AccessDeniedException", 400, times=10_000
        )
        for channel in ("show", "quiz"):
            there.type(f"ivskit stop {channel}")
        there.world.run_for(25 * MINUTES)
        fault.left = 0
        there.keep_logs()
        yield there


def of_stops(out: str) -> str:
    """The line about the queue of stops."""
    [line] = [line for line in out.splitlines() if line.startswith("stop-stream")]
    return line


def test_each_cause_is_listed_with_how_often_since_when_and_what_to_do(there: Stage) -> None:
    answer = there.type("ivskit dead-letters")
    line = of_stops(answer.out)

    assert answer.code == 1
    assert answer.out.splitlines()[0].split()[:3] == ["QUEUE", "HOW", "MANY"]
    assert line.split()[1] == "2"
    assert "2026-11-20 17:0" in line
    assert "AccessDeniedException" in line
    assert "allow the function's role what the error names, then redrive" in line


def test_reading_leaves_the_letters_there(there: Stage) -> None:
    first, second = there.type("ivskit dead-letters").out, there.type("ivskit dead-letters").out

    assert first == second


def test_no_dead_letters_are_said_to_be_none(
    templates: Templates, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage(templates, capsys, {}) as there:
        answer = there.type("ivskit dead-letters list")
        assert (answer.code, answer.out) == (0, "no dead letters\n")
        assert there.type("ivskit dead-letters redrive --all").out == "no dead letters\n"
        assert json.loads(there.type("ivskit dead-letters --json").out) == []


def queue_of(there: Stage) -> str:
    return of_stops(there.type("ivskit dead-letters").out).split()[0]


def test_a_letter_is_saved_as_an_event_that_replays(there: Stage, tmp_path: Path) -> None:
    file = tmp_path / "letters.json"
    answer = there.type(f"ivskit dead-letters show {queue_of(there)} --save {file}")
    first, second, saved = answer.out.splitlines()

    assert "Stop Stream " in first
    assert "Stop Stream " in second
    assert saved == f"2 message(s) are in {file}: ivskit replay {file}"


def test_what_was_saved_is_replayed(
    templates: Templates, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "letters.json"
    with stage(templates, capsys, {"show": MANAGED}) as there:
        there.world.gate.fault("dynamodb", "UpdateItem", "InternalServerError", times=10_000)
        there.type("ivskit stop show --kick")
        there.world.run_for(25 * MINUTES)
        assert there.type(f"ivskit dead-letters show --save {file}").code == 0

    assert main(["replay", "--json", str(file)]) == 0
    replayed = json.loads(capsys.readouterr().out)
    assert replayed["outcomes"]["Stream Stopped"] == 1


def test_a_redrive_says_what_became_of_each(there: Stage) -> None:
    answer = there.type(f"ivskit dead-letters redrive {queue_of(there)}")
    moved, *became = answer.out.splitlines()

    assert answer.code == 0
    assert moved.endswith("2 message(s) moved back.")
    assert len(became) == 2
    assert all(": Stream Stopped, commanded." in each for each in became)
    assert not there.is_live("show")
    assert there.type(f"ivskit dead-letters show {queue_of_all(there)}").out == ""


def queue_of_all(there: Stage) -> str:
    """Any queue, by its full name."""
    return "ivskit-dev-stop-stream-dead-letters"


def test_a_redrive_of_commands_that_are_too_old_is_refused(there: Stage) -> None:
    there.world.run_for(timedelta(hours=2))
    queue = queue_of(there)
    refused = there.type(f"ivskit dead-letters redrive {queue}")
    still_there = of_stops(there.type("ivskit dead-letters").out)
    done = there.type(f"ivskit dead-letters redrive {queue} --even-too-old")

    assert refused.code == 1
    assert "2 command(s) are too old, and would be refused: Stop Stream " in refused.err
    assert "max_age: the command is" in refused.err
    assert refused.err.count("\n") == 1
    assert still_there.split()[1] == "2"
    assert done.code == 1
    assert done.out.count(": Command Refused, ") == 2
    assert there.is_live("show")


def test_what_is_tried_again_has_no_outcome_yet(there: Stage) -> None:
    queue = queue_of(there)
    there.world.gate.fault("dynamodb", "UpdateItem", "InternalServerError", times=10_000)
    answer = there.type(f"ivskit dead-letters redrive {queue} --timeout 5")

    assert answer.code == 1
    assert answer.out.count("no outcome yet; it is in its queue, and tried again.") == 2


def test_a_move_that_fails_says_so(there: Stage) -> None:
    task = {"Status": "FAILED", "FailureReason": "AccessDenied"}
    tasks = iter([[], [{**task, "Status": "RUNNING"}]])
    there.world.gate.own["sqs", "ListMessageMoveTasks"] = lambda *_: {
        "Results": next(tasks, [task])
    }
    answer = there.type(f"ivskit dead-letters redrive {queue_of(there)}")

    assert answer.code == 1
    assert answer.err.endswith("0 message(s) moved, then AccessDenied\n")


def test_what_no_function_reads_is_shown_and_stays(there: Stage) -> None:
    sqs = there.world.client("sqs")
    audit = sqs.get_queue_url(QueueName="ivskit-dev-audit-dead-letters")["QueueUrl"]
    text = {"ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"}}
    sqs.send_message(QueueUrl=audit, MessageBody="no event", MessageAttributes=text)
    shown = there.type("ivskit dead-letters show audit")
    refused = there.type("ivskit dead-letters redrive audit")
    every = there.type("ivskit dead-letters redrive --all")

    assert "a message that is no event " in shown.out
    assert "it could not be delivered to the queue: NO_PERMISSIONS" in shown.out
    assert refused.code == 2
    assert "audit has no queue to move back to" in refused.err
    assert "audit" not in every.out


def test_a_command_that_is_malformed_is_not_too_old(there: Stage) -> None:
    sqs = there.world.client("sqs")
    queue = queue_of(there)
    url = sqs.get_queue_url(QueueName=f"ivskit-dev-{queue}-dead-letters")["QueueUrl"]
    malformed = {"source": "ivskit.command", "detail-type": "Stop Stream", "detail": {}, "id": "m"}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(malformed))
    answer = there.type(f"ivskit dead-letters redrive {queue}")

    assert f"{queue}: 3 message(s) moved back." in answer.out
    assert "Stop Stream m: Command Refused, " in answer.out
    assert answer.code == 1


def test_a_log_line_that_is_no_record_is_skipped(there: Stage) -> None:
    group = {"logGroupName": "/ivskit/dev/stop_stream", "logStreamName": "other"}
    there.world.client("logs").create_log_stream(**group)
    now = round(there.world.now.timestamp() * 1000)
    line = {"timestamp": now, "message": "Record failed, says somebody"}
    there.world.client("logs").put_log_events(**group, logEvents=[line])

    assert "AccessDeniedException" in of_stops(there.type("ivskit dead-letters").out)


def test_a_file_that_cannot_be_written_is_refused(there: Stage) -> None:
    answer = there.type("ivskit dead-letters show --save /no/such/folder/letters.json")

    assert answer.code == 2
    assert "/no/such/folder/letters.json: No such file or directory" in answer.err


def test_programs_get_documents(there: Stage) -> None:
    listed = json.loads(there.type("ivskit dead-letters --json").out)
    shown = json.loads(there.type("ivskit dead-letters show --json").out)
    became = json.loads(there.type("ivskit dead-letters redrive --all --json").out)

    [stops] = [each for each in listed if each["queue"].startswith("stop-stream")]
    assert stops["messages"] == 2
    assert {each["what"].partition(" ")[0] for each in shown} >= {"Stop"}
    assert "Stream Stopped" in {each["outcome"] for each in became}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ivskit dead-letters show nothing", "stage dev has no queue nothing; it has audit, "),
        ("ivskit dead-letters redrive", "redrive takes names of queues, or --all"),
        ("ivskit dead-letters redrive stop-stream --all", "redrive takes names of queues, or"),
    ],
)
def test_wrong_usage_is_refused_in_one_line(
    templates: Templates, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    with stage(templates, capsys, {}) as there:
        answer = there.type(line)

    assert answer.code == 2
    assert answer.err.startswith(f"ivskit: {said}")
    assert answer.err.count("\n") == 1


def test_a_stage_that_is_not_deployed_is_asked_about(
    templates: Templates, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage(templates, capsys, {}) as there:
        answer = there.type("ivskit dead-letters --stage prod")

    assert answer.code == 1
    assert answer.err.endswith("/ivskit/prod/bus: is stage prod deployed in us-west-2?\n")


def test_an_error_of_aws_is_said_in_short() -> None:
    error = (
        "ClientError: An error occurred (AccessDeniedException) when calling the UpdateItem"
        " operation (reached max retries: 4): no key sk_us-west-2_abcdefgh_ijkl"
    )

    assert in_a_sentence(error) == ("UpdateItem fails: AccessDeniedException, no key sk_(removed)")


def test_a_validation_error_is_said_without_the_name_of_a_model() -> None:
    error = (
        "ValidationError: 2 validation errors for tagged-union[StreamStart,StreamEnd]\n"
        "detail.stream_id\n"
        "  Field required [type=missing, input_value={'a': 1}, input_type=dict]\n"
        "detail.channel_name\n"
        "  Input should be a valid string [type=string_type, input_value=3, input_type=int]"
    )

    said = in_a_sentence(error)

    assert said == (
        "the message is invalid: detail.stream_id: Field required; "
        "detail.channel_name: Input should be a valid string"
    )
    assert advice(said).startswith("no redrive helps")
