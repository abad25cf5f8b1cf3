"""Handlers in this process, each in surroundings of its own."""

import builtins
import io
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import boto3
import pytest
from moto.core.exceptions import JsonRESTError

from ivskit_local.runtime.functions import Function
from ivskit_local.runtime.permissions import Place
from ivskit_local.runtime.sandboxes import Sandbox
from ivskit_local.runtime.threads import Ended
from ivskit_local.runtime.world import START, World
from tests.ivskit_local.runtime.apps import ACCOUNT, REGION, event, function, world, write


def lines(there: World) -> list[str]:
    return [line.line for line in there.logs]


def test_a_function_has_lambdas_environment_and_its_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        "tells",
        """
        AT_IMPORT = dict(os.environ)
        def handler(batch, context):
            print(json.dumps([AT_IMPORT, dict(os.environ)]))
        """,
    )
    before = dict(os.environ)
    with world(tmp_path, function("tells", variables={"OWN": "7"}), region="eu-west-1") as there:
        there.deliver(event())
        there.settle()
        at_import, at_work = json.loads(lines(there)[0])

    assert at_import == at_work
    assert (
        at_work.items()
        >= {
            "OWN": "7",
            "AWS_REGION": "eu-west-1",
            "AWS_LAMBDA_FUNCTION_NAME": "tells",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "_HANDLER": "tells.handler.handler",
        }.items()
    )
    assert "PATH" not in at_work
    assert dict(os.environ) == before


def test_a_sandbox_that_was_not_entered_cannot_be_left(tmp_path: Path) -> None:
    tells = Function("tells", "tells.handler.handler", "role", 3, 128, {}, Place(ACCOUNT, REGION))
    sandbox = Sandbox(tells, tmp_path)
    with sandbox:
        pass

    with pytest.raises(RuntimeError, match="left without being entered"):
        sandbox.leave()


def test_what_a_handler_does_to_its_environment_stays_in_its_sandbox(tmp_path: Path) -> None:
    write(
        tmp_path,
        "marks",
        """
        def handler(batch, context):
            print(os.environ.get("MARK"))
            os.environ["MARK"] = "made"
            time.sleep(1)
            print(os.environ["MARK"])
        """,
    )
    with world(tmp_path, function("marks")) as there:
        for _ in range(2):
            there.deliver(event())
            there.settle(keep_time=True)
            assert "MARK" not in os.environ
            there.settle()

        assert lines(there) == ["None", "made", "made", "made"]


def test_a_function_has_lambdas_context(tmp_path: Path) -> None:
    write(
        tmp_path,
        "tells",
        """
        def handler(batch, context):
            time.sleep(1)
            print(context.function_name, context.memory_limit_in_mb, context.invoked_function_arn)
            print(len(context.aws_request_id), context.get_remaining_time_in_millis())
        """,
    )
    with world(tmp_path, function("tells", timeout=10)) as there:
        there.deliver(event())
        there.settle()

        assert lines(there) == [
            "tells 128 arn:aws:lambda:us-west-2:123456789012:function:tells",
            "36 9000",
        ]


def test_warm_sandboxes_keep_their_modules_and_concurrent_ones_have_their_own(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "counts",
        """
        from counts import counter
        def handler(batch, context):
            time.sleep(1)
            counter.seen += 1
            print(counter.seen)
        """,
    )
    (tmp_path / "functions" / "counts" / "counter.py").write_text("seen = 0")
    with world(tmp_path, function("counts")) as there:
        there.deliver(event())
        there.deliver(event())
        there.settle()
        there.deliver(event())
        there.settle()

        assert lines(there) == ["1", "1", "2"]
        assert "counts" not in sys.modules
    with world(tmp_path, function("counts")) as cold:
        cold.deliver(event())
        cold.settle()

        assert lines(cold) == ["1"]


def test_a_package_that_is_imported_outside_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        "twice",
        """
        def handler(batch, context):
            import sys
            print(sys.modules["twice"].__path__[0])
        """,
    )
    outside = ModuleType("twice")
    monkeypatch.setitem(sys.modules, "twice", outside)
    with world(tmp_path, function("twice")) as there:
        there.deliver(event())
        there.settle()

        assert lines(there) == [str(tmp_path / "functions" / "twice")]
        assert sys.modules["twice"] is outside


def test_what_is_printed_and_logged_never_reaches_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        tmp_path,
        "speaks",
        """
        import sys
        from aws_lambda_powertools import Logger
        logger = Logger(service="speaks")
        print("while imported")
        def handler(batch, context):
            logger.info("logged")
            sys.stderr.write("a warning\\nwithout an end")
        """,
    )
    with world(tmp_path, function("speaks"), tee=True) as there:
        there.deliver(event())
        there.settle()
        told = lines(there)

    assert (told[0], told[2:]) == ("while imported", ["a warning", "without an end"])
    assert json.loads(told[1])["message"] == "logged"
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == told


def test_each_sandbox_has_its_own_loggers(tmp_path: Path) -> None:
    write(
        tmp_path,
        "speaks",
        """
        from aws_lambda_powertools import Logger
        logger = Logger(service="speaks")
        @logger.inject_lambda_context
        def handler(batch, context):
            time.sleep(1)
            logger.info(context.aws_request_id)
        """,
    )
    with world(tmp_path, function("speaks")) as there:
        there.deliver(event())
        there.deliver(event())
        there.settle()

        told = [json.loads(line) for line in lines(there)]
        assert len({line["message"] for line in told}) == 2
        assert all(line["message"] == line["function_request_id"] for line in told)


def test_what_a_sandbox_printed_too_late_goes_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        tmp_path,
        "leaks",
        """
        import builtins, sys
        def handler(batch, context):
            builtins.leaked = sys.stdout
        """,
    )
    with world(tmp_path, function("leaks")) as there:
        there.deliver(event())
        there.settle()

    builtins.leaked.write("late")  # type: ignore[attr-defined]  # the handler put it there
    assert capsys.readouterr().err == "late"


def test_a_breakpoint_talks_to_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        "stops",
        """
        def handler(batch, context):
            secret = 7
            breakpoint()
            print("went on")
        """,
    )
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "breakpointhook", sys.__breakpointhook__)
    monkeypatch.setattr(sys, "__stdin__", io.StringIO("p secret * 6\ncontinue\n"))
    monkeypatch.setattr(sys, "__stderr__", terminal)
    with world(tmp_path, function("stops")) as there:
        there.deliver(event())
        there.settle()

        assert lines(there) == ["went on"]
    assert "42" in terminal.getvalue()
    assert sys.breakpointhook is sys.__breakpointhook__


@pytest.mark.parametrize(
    ("handler", "source", "error"),
    [
        ("broken", "", "Runtime.MalformedHandlerName: Bad handler 'broken'"),
        (
            "broken.handler.missing",
            "",
            "Runtime.HandlerNotFound: Handler 'missing' missing on module 'broken.handler'",
        ),
        (
            "broken.nowhere.handler",
            "",
            "Runtime.ImportModuleError: Unable to import module 'broken.nowhere': "
            "No module named 'broken.nowhere'",
        ),
        (
            "broken.handler.handler",
            "import nowhere_at_all",
            "Runtime.ImportModuleError: Unable to import module 'broken.handler': "
            "No module named 'nowhere_at_all'",
        ),
        (
            "broken.handler.handler",
            "def",
            "Runtime.UserCodeSyntaxError: Syntax error in module 'broken.handler': "
            "invalid syntax (handler.py, line 3)",
        ),
        ("broken.handler.handler", "os.environ['NONE']", "KeyError: 'NONE'"),
        (
            "broken.handler.handler",
            "def handler(batch, context):\n    return object()",
            "TypeError: Object of type object is not JSON serializable",
        ),
        (
            "broken.handler.handler",
            "def handler(batch, context):\n    raise SystemExit(3)",
            "Runtime.ExitError: the handler exited with 3",
        ),
    ],
)
def test_a_handler_that_cannot_be_had_fails_with_lambdas_words(
    tmp_path: Path, handler: str, source: str, error: str
) -> None:
    write(tmp_path, "broken", source)
    resources = function("broken", tries=1)
    resources["brokenFunction"]["Properties"]["Handler"] = handler
    with world(tmp_path, resources) as there:
        there.deliver(event())
        there.settle()

        assert [letter.error for letter in there.dead_letters()] == [error]


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


def test_a_call_while_a_handler_is_imported_lets_nobody_else_go_first(tmp_path: Path) -> None:
    for name in ("one", "two"):
        source = "boto3.client('sts').get_caller_identity()\ndef handler(batch, context):\n    pass"
        write(tmp_path, name, source)

    def never(names: Sequence[str]) -> int:
        raise AssertionError(names)

    with world(tmp_path, function("one"), function("two"), choose=never) as there:
        there.deliver(event())
        there.settle()

        assert len(there.calls) == 2


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


def test_a_killed_sandbox_is_not_used_again(tmp_path: Path) -> None:
    write(
        tmp_path,
        "counts",
        """
        seen = []
        def handler(batch, context):
            seen.append(1)
            print(len(seen))
            boto3.client("sts").get_caller_identity()
        """,
    )
    with world(tmp_path, function("counts")) as there:
        there.gate.kill(function="counts", call=1, when="before")
        there.deliver(event())
        there.settle()

        assert lines(there) == ["1", "1"]


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


def test_a_breakpoint_hook_of_the_persons_own_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "stops", "def handler(batch, context):\n    breakpoint()")
    hits: list[str] = []
    monkeypatch.setattr(sys, "breakpointhook", lambda: hits.append("hit"))
    with world(tmp_path, function("stops")) as there:
        there.deliver(event())
        there.settle()

    assert hits == ["hit"]
