"""What came of an event, however late, and which call belongs to which record."""

from datetime import timedelta
from pathlib import Path

import pytest

from ivskit_local.runtime.deliveries import Delivery, Reaction
from ivskit_local.runtime.world import START, World
from tests.ivskit_local.runtime.apps import att, bus, event, function, resource, world, write

TELLING = """
events, sqs = boto3.client("events"), boto3.client("sqs")
def outcome(name, event_id, **more):
    detail = {"event_id": event_id, "reason": "because", "channel_arn": "arn:of:channel", **more}
    return {"EventBusName": "ours", "Source": "ivskit.outcome", "DetailType": name,
            "Detail": json.dumps(detail)}
def publish(*outcomes):
    events.put_events(Entries=outcomes)
def give_back(record, seconds=1):
    sqs.change_message_visibility(QueueUrl=os.environ["QUEUE_URL"], VisibilityTimeout=seconds,
                                  ReceiptHandle=record["receiptHandle"])
def failures(*records):
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]}
def events_of(batch):
    return [json.loads(record["body"]) for record in batch["Records"]]
def touch():
    boto3.client("sts").get_caller_identity()
"""
AS_A_BATCH = {"MaximumBatchingWindowInSeconds": 1}


def deliver(there: World, *ids: str) -> list[Delivery]:
    return [there.deliver(event(id=one)) for one in ids]


def write_handler(tmp_path: Path, name: str, handler: str) -> None:
    """Write a function that has the words for telling outcomes at hand."""
    write(tmp_path, name, TELLING + handler)


def outcomes(*deliveries: Delivery) -> list[list[str | None]]:
    """What came of each, reaction by reaction."""
    return [[reaction.outcome for reaction in delivery.reactions] for delivery in deliveries]


def said(reaction: Reaction) -> tuple[str | None, str | None, list[str]]:
    return reaction.outcome, reaction.error, [call.operation for call in reaction.calls]


def test_of_several_outcomes_the_last_is_the_answer_and_all_are_kept(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "tells",
        """
def handler(batch, context):
    about = events_of(batch)[0]["id"]
    publish(outcome("Mended", about, reason="it was half done"), outcome("Done", about))
""",
    )
    with world(tmp_path, function("tells"), bus()) as there:
        delivery = there.deliver(event())
        there.settle()

        [reaction] = delivery.reactions
        assert reaction.outcome == "Done"
        assert reaction.outcomes == [("Mended", "it was half done"), ("Done", "because")]


def test_the_outcome_that_a_handler_publishes_is_the_reaction(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "tells",
        """
def handler(batch, context):
    touch()
    publish(outcome("Done", events_of(batch)[0]["id"]))
""",
    )
    with world(tmp_path, function("tells"), bus()) as there:
        delivery = there.deliver(event())
        there.settle()

        [reaction] = delivery.reactions
        assert (reaction.function, reaction.outcome, reaction.reason) == (
            "tells",
            "Done",
            "because",
        )
        assert reaction.channel_arn == "arn:of:channel"
        assert said(reaction) == ("Done", None, ["GetCallerIdentity", "PutEvents"])
        assert 0 < reaction.ms < 10_000
        assert delivery.rules == ["tellsRule"]
        assert [(one.function, one.bus, one.at) for one in there.published] == [
            ("tells", "ours", START)
        ]


def test_each_record_of_a_batch_has_the_calls_up_to_its_end(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "tells",
        """
def handler(batch, context):
    one, two, three = batch["Records"]
    touch()
    publish(outcome("Done", "one"))
    print(json.dumps({"level": "ERROR", "message": "Failed", "error": "Sorry: two"}))
    give_back(two)
    touch(), touch()
    publish(outcome("Kept", "three"))
    return failures(two)
""",
    )
    with world(tmp_path, function("tells", mapping=AS_A_BATCH, tries=1), bus()) as there:
        deliveries = deliver(there, "one", "two", "three")
        there.settle()

        assert [said(one.reactions[0]) for one in deliveries] == [
            ("Done", None, ["GetCallerIdentity", "PutEvents"]),
            (None, "Sorry: two", ["ChangeMessageVisibility"]),
            ("Kept", None, ["GetCallerIdentity", "GetCallerIdentity", "PutEvents"]),
        ]
        assert [letter.error for letter in there.dead_letters()] == ["Sorry: two"]


def test_an_outcome_that_names_its_event_ends_that_record(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "tells",
        """
def handler(batch, context):
    publish(outcome("Second", "two"))
    publish(outcome("First", "one"))
    publish(outcome("Once more", "one"), {**outcome("Aside", "one"), "Source": "other"})
""",
    )
    with world(tmp_path, function("tells", mapping=AS_A_BATCH), bus()) as there:
        one, two = deliver(there, "one", "two")
        there.settle()

        assert outcomes(one, two) == [["First"], ["Second"]]


def test_of_two_records_of_one_event_each_has_its_own_outcome(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "tells",
        """
def handler(batch, context):
    publish(outcome("First", "one"))
    touch()
    publish(outcome("Second", "one"))
""",
    )
    with world(tmp_path, function("tells", mapping=AS_A_BATCH), bus()) as there:
        deliveries = deliver(there, "one", "one")
        there.settle()

        assert [said(one.reactions[0]) for one in deliveries] == [
            ("First", None, ["PutEvents"]),
            ("Second", None, ["GetCallerIdentity", "PutEvents"]),
        ]


def test_looking_again_is_an_outcome_only_where_there_is_no_other(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "tells",
        """
def handler(batch, context):
    for event in events_of(batch):
        more = [outcome("Done", event["id"])] if event["id"] == "two" else []
        publish(outcome("Will Look Again", event["id"]), *more)
""",
    )
    with world(tmp_path, function("tells"), bus()) as there:
        one, two = deliver(there, "one", "two")
        there.settle()

        assert [one.reactions[0].outcome, two.reactions[0].outcome] == ["Will Look Again", "Done"]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            '{"level": "ERROR", "exception": "Traceback\\n  line\\nOops: it", "message": "m"}',
            "Oops: it",
        ),
        ('{"level": "CRITICAL", "message": "it broke"}', "it broke"),
        ('{"level": "INFO", "message": "fine"}', "reported as a batch item failure"),
        ('["ERROR"]', "reported as a batch item failure"),
        ("no JSON", "reported as a batch item failure"),
    ],
)
def test_what_was_logged_last_as_an_error_says_why_a_record_failed(
    tmp_path: Path, line: str, error: str
) -> None:
    body = f"\ndef handler(batch, context):\n    print({line!r})\n"
    write_handler(tmp_path, "fails", body + "    return failures(*batch['Records'])\n")
    with world(tmp_path, function("fails", tries=1)) as there:
        there.deliver(event())
        there.settle()

        assert [letter.error for letter in there.dead_letters()] == [error]


def test_a_call_that_failed_says_why_if_nothing_was_logged(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "fails",
        """
def handler(batch, context):
    try:
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"] + "x", MessageBody="x")
    except Exception:
        touch()
    return failures(*batch["Records"])
""",
    )
    with world(tmp_path, function("fails", tries=1)) as there:
        there.deliver(event())
        there.settle()

        [letter] = there.dead_letters()
        assert letter.error.startswith("AWS.SimpleQueueService.NonExistentQueue: ")


def test_what_an_attempt_sends_goes_back_to_its_event(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "again",
        """
def send(*bodies):
    url = os.environ["QUEUE_URL"]
    if len(bodies) == 1:
        sqs.send_message(QueueUrl=url, MessageBody=bodies[0], DelaySeconds=60)
    else:
        entries = [{"Id": body, "MessageBody": body} for body in bodies]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
def handler(batch, context):
    for record in batch["Records"]:
        body = record["body"]
        if body == "two":
            send("three", "four")
        elif len(body) > 5:
            send("two")
        publish(outcome(body if len(body) < 6 else "one", None))
""",
    )
    with world(tmp_path, function("again"), bus()) as there:
        one, two = deliver(there, "one", "two")
        there.settle()

        for each in outcomes(one, two):
            assert sorted(map(str, each)) == ["four", "one", "three", "two"]
        assert there.now == START + timedelta(minutes=1)


def test_an_event_that_a_function_publishes_goes_on_to_other_functions(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "asks",
        """
def handler(batch, context):
    publish({"EventBusName": "ours", "Source": "test.asks", "DetailType": "Asked", "Detail": "{}"})
""",
    )
    write(
        tmp_path, "answers", "def handler(batch, context):\n    print(batch['Records'][0]['body'])"
    )
    answers = function("answers")
    answers["answersRule"] = resource(
        "Events::Rule",
        EventBusName={"Ref": "Bus"},
        EventPattern={"source": ["test.asks"]},
        Targets=[{"Id": "queue", "Arn": att("answersQueue")}],
    )
    with world(tmp_path, function("asks"), answers, bus()) as there:
        delivery = there.deliver(event())
        there.settle()

        assert [reaction.function for reaction in delivery.reactions] == ["asks", "answers"]
        assert delivery.rules == ["asksRule"]
        assert len(there.deliveries) == 1


def test_a_kill_leaves_finished_records_their_outcomes(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "tells",
        """
def handler(batch, context):
    publish(outcome("Done", "one"))
    publish(outcome("Done", "two"))
""",
    )
    with world(tmp_path, function("tells", mapping=AS_A_BATCH), bus()) as there:
        there.gate.kill(function="tells", call=2, when="after")
        one, two = deliver(there, "one", "two")
        there.run_for(timedelta(seconds=2))

        assert said(one.reactions[0]) == ("Done", None, ["PutEvents"])
        assert two.reactions[0].outcome is None
        assert two.reactions[0].error == "killed after events:PutEvents took effect"
        assert len(there.published) == 2


def test_a_message_of_nobodys_is_worked_on_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, "tells", "def handler(batch, context):\n    print(batch['Records'][0]['body'])")
    with world(tmp_path, function("tells")) as there:
        url = there.client("sqs").get_queue_url(QueueName="tells")["QueueUrl"]
        for body in ("no JSON", "[]", '{"detail": 7}'):
            there.client("sqs").send_message(QueueUrl=url, MessageBody=body)
        there.settle()

        assert [line.line for line in there.logs] == ["no JSON", "[]", '{"detail": 7}']
        assert there.deliveries == []


def test_without_an_outcome_the_event_says_which_channel_it_is_about(tmp_path: Path) -> None:
    write(tmp_path, "fine", "def handler(batch, context):\n    return None")
    with world(tmp_path, function("fine")) as there:
        there.deliver(event())
        there.deliver(event(detail={"channel_arn": "arn:named"}))
        there.deliver(event(resources=[]))
        there.settle()

        assert [one.reactions[0].channel_arn for one in there.deliveries] == [
            event()["resources"][0],
            "arn:named",
            None,
        ]


def test_outcomes_of_one_event_go_to_the_records_of_their_channels(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "tells",
        """
def handler(batch, context):
    publish(outcome("Second", "e", channel_arn="two"), outcome("First", "e", channel_arn="one"))
""",
    )
    with world(tmp_path, function("tells", mapping=AS_A_BATCH), bus()) as there:
        one, two = (
            there.deliver(event(id="e", detail={"channel_arns": [name]})) for name in ("one", "two")
        )
        there.settle()

        assert outcomes(one, two) == [["First"], ["Second"]]


def test_records_that_are_given_back_together_end_together(tmp_path: Path) -> None:
    write_handler(
        tmp_path,
        "tells",
        """
def handler(batch, context):
    one, two, three = batch["Records"]
    sqs.change_message_visibility_batch(QueueUrl=os.environ["QUEUE_URL"], Entries=[
        {"Id": str(n), "ReceiptHandle": record["receiptHandle"], "VisibilityTimeout": 600}
        for n, record in enumerate((one, two))
    ])
    touch()
    return failures(one, two)
""",
    )
    with world(tmp_path, function("tells", mapping=AS_A_BATCH, tries=1), bus()) as there:
        deliveries = deliver(there, "one", "two", "three")
        there.run_for(timedelta(seconds=5))

        counts = [len(delivery.reactions[0].calls) for delivery in deliveries]
        assert counts == [1, 0, 1]
