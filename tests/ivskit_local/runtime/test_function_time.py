"""Time in functions: timeouts, sleeping and retries on the virtual clock."""

import sys
import time
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from moto.core.exceptions import JsonRESTError

from ivskit_local.runtime.threads import Ended
from ivskit_local.runtime.world import START
from tests.ivskit_local.runtime.apps import event, function, lines, world, write


def test_a_function_that_takes_too_long_is_killed_where_it_waits(tmp_path: Path) -> None:
    write(
        tmp_path,
        "slow",
        """
        def handler(batch, context):
            try:
                time.sleep(60)
            finally:
                boto3.client("sts").get_caller_identity()
        """,
    )
    with world(tmp_path, function("slow", timeout=3, tries=1)) as there:
        delivery = there.deliver(event())
        there.run_for(timedelta(seconds=3))

        assert [one.error for one in delivery.reactions] == ["Task timed out after 3.00 seconds"]
        assert list(there.calls) == []
        there.settle()
        assert there.now == START + timedelta(seconds=30, milliseconds=1)
        assert len(there.dead_letters()) == 1


def test_what_others_take_while_one_waits_is_not_its_time(tmp_path: Path) -> None:
    call = "boto3.client('sts').get_caller_identity()"
    write(tmp_path, "quick", f"def handler(batch, context):\n    {call}")
    write(
        tmp_path,
        "busy",
        f"""
        def handler(batch, context):
            until = time.perf_counter() + 0.5
            while time.perf_counter() < until:
                pass
            {call}
        """,
    )
    with world(tmp_path, function("quick"), function("busy")) as there:
        delivery = there.deliver(event())
        there.settle()

        ms = {reaction.function: reaction.ms for reaction in delivery.reactions}
        assert ms["quick"] < 400 < 500 <= ms["busy"]


def test_time_in_a_function_is_virtual_however_it_is_asked_for(tmp_path: Path) -> None:
    write(
        tmp_path,
        "waits",
        """
        def handler(batch, context):
            started = time.monotonic()
            time.sleep(2.5)
            print(time.monotonic() - started)
        """,
    )
    with world(tmp_path, function("waits")) as there:
        there.deliver(event())
        there.settle()

        assert lines(there) == ["2.5"]


def test_sleeping_beside_the_functions_lets_the_worlds_time_pass(tmp_path: Path) -> None:
    with world(tmp_path) as there:
        real = time.monotonic()
        time.sleep(3600)

        assert there.now == START + timedelta(hours=1)
        assert time.monotonic() - real < 60


def test_botocores_own_retries_wait_on_the_virtual_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        "retries",
        """
        from botocore.config import Config
        twice = Config(retries={"total_max_attempts": 3, "mode": "standard"})
        dynamodb = boto3.client("dynamodb", config=twice)
        def handler(batch, context):
            try:
                dynamodb.scan(TableName="unknown")
            except Exception as error:
                print(error.response["ResponseMetadata"]["RetryAttempts"])
        """,
    )

    class Broken(JsonRESTError):
        code = 500

    def scan(_: object) -> None:
        raise Broken("InternalServerError", "broken")

    monkeypatch.setattr("moto.dynamodb.responses.DynamoHandler.scan", scan)
    with world(tmp_path, function("retries")) as there:
        there.deliver(event())
        there.settle()

        assert lines(there) == ["2"]
        assert there.now > START
        assert len(there.calls) == 1


def test_leaving_the_world_ends_what_still_sleeps(tmp_path: Path) -> None:
    write(
        tmp_path,
        "sleeps",
        """
        def handler(batch, context):
            try:
                time.sleep(2)
            except BaseException as error:
                print(type(error).__name__)
                raise
        """,
    )
    path, modules = list(sys.path), set(sys.modules)
    with world(tmp_path, function("sleeps")) as there:
        there.deliver(event())
        there.settle(keep_time=True)

    assert lines(there) == [Ended.__name__]
    assert sys.path == path
    assert not {name for name in set(sys.modules) - modules if name.startswith("sleeps")}
    assert boto3.DEFAULT_SESSION is None or boto3.DEFAULT_SESSION.region_name
