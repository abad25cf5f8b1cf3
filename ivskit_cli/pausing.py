"""Writes the parameter that pauses a stage, with the credentials of the shell."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from ivskit import names
from ivskit.durations import format_duration
from ivskit.pause_state import READ_EVERY, Paused, standing
from ivskit.policy import WHILE_PAUSED
from ivskit_cli.deployed import client_of, is_deployed, one_line_errors

_SECONDS = int(READ_EVERY.total_seconds())


def pause(stage: str, *, reason: str | None, commands_too: bool, now: datetime) -> str:
    """Pause the stage, and its commands where asked; returns a sentence that says so."""
    with _one_line_errors(stage):
        ssm = client_of("ssm")
        before = standing(_read(ssm, stage))
        # The caller as AWS knows it: role and session, without the account.
        who = client_of("sts").get_caller_identity()["Arn"].split(":", 5)[5]
        paused = Paused(since=now, by=who, reason=reason, commands_too=commands_too)
        _write(ssm, stage, paused.model_dump_json(exclude_none=True))
    also = f", and was {before.sentence} before" if before else ""
    commands = "are refused unless they say force" if commands_too else "act all the same"
    return (
        f"ivskit {stage} is {paused}{also}. Automation stops within {_SECONDS} s and finishes "
        f"what it has begun; commands {commands}."
    )


def resume(stage: str) -> str:
    """End the pause; returns a sentence that says so."""
    with _one_line_errors(stage):
        ssm = client_of("ssm")
        before = standing(_read(ssm, stage))
        if before is None:
            return f"ivskit {stage} was not paused."
        _write(ssm, stage, names.PAUSE_OFF)
    return (
        f"ivskit {stage} was {before.sentence}. It acts again within {_SECONDS} s, and on what "
        f"came due meanwhile within {format_duration(WHILE_PAUSED)}; commands that were refused "
        "meanwhile must be sent again."
    )


def _read(ssm: Any, stage: str) -> str:
    text: str = ssm.get_parameter(Name=names.pause_parameter(stage))["Parameter"]["Value"]
    return text


def _write(ssm: Any, stage: str, text: str) -> None:
    # Overwrite only: where the parameter is missing, the stage is not deployed.
    ssm.put_parameter(Name=names.pause_parameter(stage), Value=text, Overwrite=True)


def _one_line_errors(stage: str) -> AbstractContextManager[None]:
    what = f"parameter {names.pause_parameter(stage)}"
    return one_line_errors(what, question=is_deployed(stage))
