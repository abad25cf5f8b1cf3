"""Runs the test of each bug that is named, without its guard, and prints what came of it as JSON.

Each has a process of its own, forked once the packages are there: to import them takes a second.
Nothing of ivskit is imported before, for it would have the guards.
"""

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NoReturn

import pytest

from tests.ivskit_local.hunt.planting import Bug, all_bugs, finder_of

PACKAGES = (
    *("aws_lambda_powertools", "boto3", "joserfc.jwt", "pydantic"),
    *(f"moto.{service}.models" for service in ("dynamodb", "events", "secretsmanager", "sqs")),
    *(f"moto.{service}.models" for service in ("iam", "logs", "scheduler", "sns")),
    *("moto.core.decorator",),
)


def run(bug: Bug) -> tuple[int, str]:
    """The exit status of pytest, and what it printed."""
    with tempfile.TemporaryFile(buffering=0) as printed:
        child = os.fork()
        if child == 0:
            os.dup2(printed.fileno(), 1)
            os.dup2(printed.fileno(), 2)
            _test_and_exit(bug)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        printed.seek(0)
        return status, printed.read().decode()


def _test_and_exit(bug: Bug) -> NoReturn:
    status = 70  # of no pytest
    try:
        sys.meta_path.insert(0, finder_of(bug))
        status = int(pytest.main(["-qx", "-p", "no:cacheprovider", str(bug.test)]))
        sys.stdout.flush()
    except BaseException:  # the process that it was forked from must not go on here
        traceback.print_exc()
    finally:
        os._exit(status)


def main(names: Sequence[str]) -> Mapping[str, tuple[int, str]]:
    """What came of each bug."""
    for package in PACKAGES:
        import_module(package)
    bugs = all_bugs()
    return {name: run(bugs[name]) for name in names}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
