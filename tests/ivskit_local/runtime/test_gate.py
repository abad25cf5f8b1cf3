"""The one gate: kills, faults, roles and the call log."""

from datetime import timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from ivskit_local.runtime.gate import When
from ivskit_local.runtime.iam_policies import NotModelled
from ivskit_local.runtime.interleavings import interleavings
from ivskit_local.runtime.world import START, World
from tests.ivskit_local.runtime.apps import allow, event, function, resource, world, write

NOTES = {
    "Notes": resource(
        "DynamoDB::Table",
        TableName="notes",
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
}
NOTE = """
dynamodb = boto3.client("dynamodb")
def note(key, value="x"):
    dynamodb.put_item(TableName="notes", Item={"key": {"S": key}, "value": {"S": value}})
"""
THREE_NOTES = (
    NOTE
    + """
def handler(batch, context):
    try:
        note("one"), note("two"), note("three")
    finally:
        note("last words")
"""
)


def notes(there: World) -> list[str]:
    items = there.client("dynamodb").scan(TableName="notes")["Items"]
    return sorted(item["key"]["S"] for item in items)


@pytest.mark.parametrize(
    ("call", "when", "noted"),
    [
        (1, "before", []),
        (1, "after", ["one"]),
        (2, "before", ["one"]),
        (3, "after", ["one", "three", "two"]),
    ],
)
def test_a_killed_invocation_does_nothing_more_and_comes_back_like_a_crash(
    tmp_path: Path, call: int, when: When, noted: list[str]
) -> None:
    write(tmp_path, "keeps", THREE_NOTES)
    with world(tmp_path, function("keeps"), NOTES) as there:
        kill = there.gate.kill(function="keeps", call=call, when=when)
        delivery = there.deliver(event())
        there.settle(keep_time=True)

        assert kill.struck
        assert notes(there) == noted
        error = f"killed {when} dynamodb:PutItem" + (" took effect" if when == "after" else "")
        assert [reaction.error for reaction in delivery.reactions] == [error]
        # Whatever a dead invocation still tries is not even a call.
        assert len(there.calls) == call

        there.settle()

        assert there.now == START + timedelta(seconds=30, milliseconds=1)
        assert notes(there) == ["last words", "one", "three", "two"]
        assert delivery.reactions[-1].error is None


def test_a_call_may_be_under_way_for_a_while_and_takes_effect_half_way(tmp_path: Path) -> None:
    write(tmp_path, "keeps", THREE_NOTES)
    with world(tmp_path, function("keeps"), NOTES) as there:
        there.gate.round_trip = lambda service, operation: timedelta(milliseconds=60)
        there.deliver(event())

        there.run_for(timedelta(milliseconds=29))
        assert notes(there) == []
        there.run_for(timedelta(milliseconds=2))
        assert notes(there) == ["one"]
        there.settle()
        assert there.now == START + timedelta(milliseconds=4 * 60)


def test_a_kill_may_wait_for_an_operation(tmp_path: Path) -> None:
    write(tmp_path, "keeps", THREE_NOTES)
    with world(tmp_path, function("keeps"), NOTES) as there:
        other = there.gate.kill(function="keeps", call="GetItem", when="before")
        kill = there.gate.kill(function="keeps", call="PutItem", when="after")
        there.deliver(event())
        there.settle(keep_time=True)

        assert (kill.struck, other.struck) == (True, False)
        assert notes(there) == ["one"]


def test_a_kill_is_of_one_function_and_strikes_once(tmp_path: Path) -> None:
    write(tmp_path, "keeps", THREE_NOTES)
    with world(tmp_path, function("keeps"), NOTES) as there:
        other = there.gate.kill(function="another", call=1, when="before")
        beyond = there.gate.kill(function="keeps", call=5, when="before")
        there.deliver(event())
        there.settle()

        assert (other.struck, beyond.struck) == (False, False)
        assert len(there.calls) == 4


@pytest.mark.parametrize(("when", "noted"), [("before", []), ("after", ["one"])])
def test_a_fault_is_an_error_that_the_handler_can_handle(
    tmp_path: Path, when: When, noted: list[str]
) -> None:
    write(
        tmp_path,
        "copes",
        NOTE
        + """
def handler(batch, context):
    try:
        note("one")
    except dynamodb.exceptions.ProvisionedThroughputExceededException as error:
        print(error.response["ResponseMetadata"]["HTTPStatusCode"], error)
""",
    )
    with world(tmp_path, function("copes"), NOTES) as there:
        there.gate.fault("dynamodb", "PutItem", "ProvisionedThroughputExceededException", 400, when)
        there.deliver(event())
        there.settle()

        assert notes(there) == noted
        assert there.logs[0].line == (
            "400 An error occurred (ProvisionedThroughputExceededException) when calling the "
            f"PutItem operation: a fault, {when} doing"
        )


def test_a_fault_lasts_as_many_calls_as_it_says(tmp_path: Path) -> None:
    write(tmp_path, "copes", NOTE + '\ndef handler(batch, context):\n    note("one")\n')
    with world(tmp_path, function("copes", tries=9), NOTES) as there:
        there.gate.fault("dynamodb", "PutItem", "InternalServerError", times=2)
        there.gate.fault("dynamodb", "GetItem", "InternalServerError")
        there.deliver(event())
        there.settle()

        assert [bool(call.error) for call in there.calls] == [True, True, False]


def test_a_role_that_may_not_is_refused_by_action_and_resource(tmp_path: Path) -> None:
    write(tmp_path, "asks", NOTE + '\ndef handler(batch, context):\n    note("one")\n')
    may = [
        allow("dynamodb:GetItem"),
        allow("dynamodb:PutItem", on="arn:aws:dynamodb:*:*:table/other"),
    ]
    with world(tmp_path, function("asks", may=may, tries=1), NOTES) as there:
        delivery = there.deliver(event())
        there.settle()

        [call] = there.calls
        assert call.error == (
            "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/app-asksRole/asks "
            "is not authorized to perform: dynamodb:PutItem on resource: "
            "arn:aws:dynamodb:us-west-2:123456789012:table/notes because no identity-based policy "
            "allows the dynamodb:PutItem action"
        )
        [reaction] = delivery.reactions
        assert reaction.error is not None
        assert "not authorized to perform: dynamodb:PutItem" in reaction.error
        assert notes(there) == []


def test_a_role_may_be_for_resources_with_a_tag(tmp_path: Path) -> None:
    write(
        tmp_path,
        "asks",
        """
        def handler(batch, context):
            for arn in json.loads(batch["Records"][0]["body"])["resources"]:
                try:
                    boto3.client("ivs").get_channel(arn=arn)
                except Exception:
                    continue
        """,
    )
    tagged = {"StringEquals": {"aws:ResourceTag/ivskit:managed": "true"}}
    may = [{**allow("ivs:GetChannel"), "Condition": tagged}]
    with world(tmp_path, function("asks", may=may)) as there:
        ivs = there.client("ivs")
        made = [ivs.create_channel(tags=tags) for tags in ({"ivskit:managed": "true"}, {})]
        there.deliver(event(resources=[one["channel"]["arn"] for one in made]))
        there.settle()

        assert [bool(call.error) for call in there.calls] == [False, True]


def test_an_operation_that_the_table_does_not_know_is_never_allowed_silently(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "odd",
        """
        def handler(batch, context):
            try:
                boto3.client("sqs").list_queues()
            except Exception:
                print("survived")
        """,
    )
    with world(tmp_path, function("odd")) as there:
        there.deliver(event())
        with pytest.raises(NotModelled, match="permissions of sqs:ListQueues"):
            there.settle()

        assert list(there.logs) == []


def test_a_thread_of_the_functions_own_may_not_call(tmp_path: Path) -> None:
    write(
        tmp_path,
        "threads",
        """
        from concurrent.futures import ThreadPoolExecutor
        def handler(batch, context):
            with ThreadPoolExecutor() as pool:
                pool.submit(boto3.client("sts").get_caller_identity).result()
        """,
    )
    with world(tmp_path, function("threads", tries=1)) as there:
        there.deliver(event())
        there.settle()

        assert "a thread that a function made by itself" in there.dead_letters()[0].error


def test_a_call_is_remembered_without_what_it_said(tmp_path: Path) -> None:
    write(tmp_path, "keeps", NOTE + '\ndef handler(batch, context):\n    note("one", "hidden")\n')
    with world(tmp_path, function("keeps"), NOTES) as there:
        there.deliver(event())
        there.settle()

        [call] = there.calls
        assert (call.function, call.service, call.operation) == ("keeps", "dynamodb", "PutItem")
        assert (call.error, call.at) == (None, START)
        assert call.resource == "arn:aws:dynamodb:us-west-2:123456789012:table/notes"
        assert "hidden" not in repr(there.calls)


def test_parameters_that_botocore_refuses_do_not_show_in_the_call_log(tmp_path: Path) -> None:
    write(
        tmp_path,
        "wrong",
        NOTE + '\ndef handler(batch, context):\n    note("one", {"hidden": 1})\n',
    )
    with world(tmp_path, function("wrong", tries=1), NOTES) as there:
        there.deliver(event())
        there.settle()

        assert [call.error for call in there.calls] == [ParamValidationError.__name__]


def test_the_world_itself_may_do_anything_and_leaves_no_calls(tmp_path: Path) -> None:
    with world(tmp_path, NOTES) as there:
        there.client("sqs").list_queues()

        assert list(there.calls) == []
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            there.client("dynamodb").scan(TableName="unknown")


def test_two_invocations_of_three_calls_can_be_run_in_all_twenty_orders(tmp_path: Path) -> None:
    write(
        tmp_path,
        "notes",
        NOTE
        + """
def handler(batch, context):
    for number in range(3):
        note(batch["Records"][0]["messageId"] + str(number))
""",
    )
    orders = set()
    for choose in interleavings():
        with world(tmp_path, function("notes"), NOTES, choose=choose) as there:
            there.deliver(event())
            there.deliver(event())
            there.settle()
            orders.add(tuple(call.invocation for call in there.calls))

    assert len(orders) == 20


def test_calls_that_do_not_matter_need_not_be_switch_points(tmp_path: Path) -> None:
    write(tmp_path, "keeps", THREE_NOTES)

    def count() -> int:
        runs = 0
        for choose in interleavings():
            runs += 1
            with world(tmp_path, function("keeps"), NOTES, choose=choose) as there:
                there.gate.switches_before = lambda service, _: service != "dynamodb"
                there.deliver(event())
                there.deliver(event())
                there.settle()
        return runs

    assert count() == 1


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_gives_the_same_world(tmp_path: Path, seed: int) -> None:
    write(tmp_path, "keeps", THREE_NOTES)

    def run(seed: int) -> list[object]:
        with world(tmp_path, function("keeps"), NOTES, seed=seed) as there:
            for _ in range(3):
                there.deliver(event())
            there.settle()
            return list(there.calls)

    assert run(seed) == run(seed)
    assert run(seed) != run(seed + 1)


@pytest.mark.parametrize(("late", "error"), [(1, None), (4, "ReadTimeoutError")])
def test_a_call_that_answers_later_than_its_client_waits_took_effect_all_the_same(
    tmp_path: Path, late: int, error: str | None
) -> None:
    impatient = """
from botocore.config import Config
config = Config(read_timeout=1, retries={"total_max_attempts": 2})
dynamodb = boto3.client("dynamodb", config=config)
def handler(batch, context):
    note("one")
"""
    write(tmp_path, "asks", NOTE + impatient)
    with world(tmp_path, function("asks", tries=1), NOTES) as there:
        there.gate.slow("dynamodb", "PutItem", timedelta(seconds=late))
        there.deliver(event())
        there.settle()

        assert [call.error for call in there.calls] == [error]
        assert notes(there) == ["one"]
