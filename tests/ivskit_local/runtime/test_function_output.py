"""What functions print and log, and debuggers in them."""

import builtins
import io
import json
import sys
from pathlib import Path

import pytest

from tests.ivskit_local.runtime.apps import event, function, lines, world, write


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
        printed = lines(there)

    assert (printed[0], printed[2:]) == ("while imported", ["a warning", "without an end"])
    assert json.loads(printed[1])["message"] == "logged"
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == printed


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

        printed = [json.loads(line) for line in lines(there)]
        assert len({line["message"] for line in printed}) == 2
        assert all(line["message"] == line["function_request_id"] for line in printed)


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
