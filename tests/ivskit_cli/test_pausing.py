"""`ivskit pause` and `ivskit resume`, on the parameter that the stack makes."""

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from ivskit import names
from ivskit_cli.main import main


@pytest.fixture
def ssm() -> Iterator[Any]:
    """The account in which stage dev is deployed."""
    with mock_aws():
        client: Any = boto3.client("ssm")
        client.put_parameter(Name=names.pause_parameter("dev"), Type="String", Value="off")
        yield client


def text(ssm: Any) -> str:
    """What the parameter says."""
    value: str = ssm.get_parameter(Name=names.pause_parameter("dev"))["Parameter"]["Value"]
    return value


def test_a_pause_says_who_paused_since_when_and_why(
    ssm: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pause", "--reason", "fire drill"]) == 0

    said = json.loads(text(ssm))
    assert set(said) == {"since", "by", "reason", "commands_too", "v"}
    assert (said["reason"], said["commands_too"]) == ("fire drill", False)
    out = capsys.readouterr().out
    assert re.match(r"ivskit dev is paused since \d{4}-.*Z by \S+ \(fire drill\)\. ", out)
    assert "within 30 s" in out
    assert out.endswith("commands act all the same.\n")


def test_a_pause_may_hold_commands_too(ssm: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pause", "--commands-too"]) == 0

    assert json.loads(text(ssm))["commands_too"] is True
    assert capsys.readouterr().out.endswith("commands are refused unless they say force.\n")


def test_a_second_pause_takes_the_place_of_the_first_and_says_so(
    ssm: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["pause", "--reason", "one"])
    main(["pause"])

    assert "reason" not in json.loads(text(ssm))
    assert re.search(r", and was paused since .* \(one\) before\.", capsys.readouterr().out)


def test_resume_says_what_follows(ssm: Any, capsys: pytest.CaptureFixture[str]) -> None:
    main(["pause"])

    assert main(["resume"]) == 0

    assert text(ssm) == "off"
    assert "within 16m" in capsys.readouterr().out


def test_what_is_not_paused_cannot_be_resumed(ssm: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume"]) == 0

    assert capsys.readouterr().out == "ivskit dev was not paused.\n"


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_a_stage_that_is_not_deployed_is_reported_in_one_line(
    ssm: Any, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main([command, "--stage", "prod"]) == 1

    assert capsys.readouterr().err == (
        "ivskit: there is no parameter /ivskit/prod/pause: is stage prod deployed in us-west-2?\n"
    )


@set_initial_no_auth_action_count(2)
def test_what_aws_refuses_is_reported_in_one_line(
    ssm: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pause"]) == 1

    assert capsys.readouterr().err.startswith("ivskit: An error occurred (")


def test_a_shell_without_a_region_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    assert main(["resume"]) == 1

    assert capsys.readouterr().err == (
        "ivskit: You must specify a region. Set AWS_DEFAULT_REGION, or AWS_PROFILE to a profile"
        " that has one.\n"
    )
