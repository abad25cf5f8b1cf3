"""Handlers in this process, each in surroundings of its own."""

import gc
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from ivskit_local.runtime.functions import Function
from ivskit_local.runtime.permissions import Place
from ivskit_local.runtime.sandboxes import Sandbox
from tests.ivskit_local.runtime.apps import ACCOUNT, REGION, event, function, lines, world, write


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


def test_what_a_function_keeps_from_the_collector_is_still_collected_here(tmp_path: Path) -> None:
    """It freezes what there is when it starts: here that would be every earlier world."""
    write(
        tmp_path,
        "freezes",
        """
        import gc
        gc.disable()
        gc.freeze()
        def handler(batch, context): print(gc.isenabled())
        """,
    )
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    with world(tmp_path, function("freezes")) as there:
        there.deliver(event())
        there.settle()
    assert gc.get_freeze_count() == frozen
    assert lines(there) == ["True"]
