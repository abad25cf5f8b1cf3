"""`ivskit doctor`, on what the stack makes in an account."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from ivskit import names
from ivskit_cli.checks import CHECKS, IVS_QUOTAS, examine
from ivskit_cli.main import main

MEMORY = "ivskit-dev-automation-Memory"
FUNCTION = "arn:aws:lambda:us-west-2:123456789012:function:ivskit-dev-stop-stream"


def publish(name: str, value: str) -> None:
    """Put a parameter into the account."""
    boto3.client("ssm").put_parameter(Name=f"/ivskit/{name}", Type="String", Value=value)


def make_table(name: str, *indexes: str) -> None:
    """A table with a key, and indexes by it."""
    schema: Any = [{"AttributeName": "channel_arn", "KeyType": "HASH"}]
    made: Any = [
        {"IndexName": each, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}
        for each in indexes
    ]
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schema,
        AttributeDefinitions=[{"AttributeName": "channel_arn", "AttributeType": "S"}],
        **({"GlobalSecondaryIndexes": made} if made else {}),
    )


@pytest.fixture
def account() -> Iterator[None]:
    """An account in which stage dev is deployed."""
    with mock_aws():
        publish("dev/bus", "arn")
        publish("dev/pause", names.PAUSE_OFF)
        publish("dev/memory", MEMORY)
        make_table(MEMORY, names.WATCHED_INDEX)
        publish("managed-channels", json.dumps({"stage": "dev", "channels": "tagged"}))
        yield


def client(*, limit: int = 1000, taken: int = 0) -> Callable[[str], Any]:
    """Clients of moto, and the answers of the operations that it has not."""
    mapping = {
        "FunctionArn": FUNCTION,
        "ScalingConfig": {"MaximumConcurrency": taken},
    }
    other = {**mapping, "FunctionArn": FUNCTION.replace("-dev-", "-prod-")}

    def make(service: str) -> Any:
        made: Any = boto3.client(service)  # type: ignore[call-overload]  # any service
        if service not in ("lambda", "service-quotas"):
            return made
        stub = Stubber(made)
        if service == "lambda":
            settings = {"AccountLimit": {"ConcurrentExecutions": limit}}
            stub.add_response("get_account_settings", settings)
            mappings = [mapping, other] if taken else []
            stub.add_response("list_event_source_mappings", {"EventSourceMappings": mappings})
        else:
            for code in IVS_QUOTAS:
                asked = {"ServiceCode": "ivs", "QuotaCode": code}
                stub.add_response("get_service_quota", {"Quota": {"Value": 15000.0}}, asked)
        stub.activate()
        return made

    return make


def found(check: str, **limits: int) -> list[tuple[str, str]]:
    """The verdicts and sentences of one check."""
    findings = examine("dev", client(**limits))
    return [(each.verdict, each.sentence) for each in findings if each.check == check]


def test_a_stage_that_is_well_gets_no_advice(account: None) -> None:
    findings = list(examine("dev", client(taken=56)))

    assert {each.check for each in findings} == set(CHECKS)
    assert [each for each in findings if each.verdict != "ok"] == []
    assert "IVS allows 15,000 concurrent views" in [each.sentence for each in findings]


def test_a_check_that_is_not_possible_is_said_to_be_unknown_and_the_others_go_on(
    account: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "ok       deployment: stage dev is deployed" in lines
    # moto knows neither the quotas of IVS nor the limits of Lambda.
    unknown = [line for line in lines if line.startswith("unknown  ")]
    assert [line.split()[1] for line in unknown] == ["concurrency:", "quotas:"]
    assert all("this could not be checked: An error occurred" in line for line in unknown)


@set_initial_no_auth_action_count(0)
def test_with_credentials_that_may_do_nothing_nothing_is_well(
    account: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 1

    out = capsys.readouterr().out
    assert "unknown  credentials: this could not be checked: " in out
    assert "unknown  deployment: this could not be checked: " in out


def test_without_a_region_nothing_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    with mock_aws():
        assert main(["doctor"]) == 1

    assert "unknown  region: this could not be checked: You must specify a region." in (
        capsys.readouterr().out
    )


def test_a_region_without_ivs_is_advised_against(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    with mock_aws():
        [(verdict, sentence)] = found("region")

    assert verdict == "advice"
    assert sentence.startswith("Amazon IVS is in us-east-1, us-west-2, ")
    assert sentence.endswith(", not in eu-north-1")


def test_a_stage_that_is_not_there_is_an_advice(
    account: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--stage", "prod"]) == 1

    assert (
        "advice   deployment: stage prod is not deployed in this account and region\n"
        in capsys.readouterr().out
    )


def test_a_parameter_that_is_gone_is_named(account: None) -> None:
    boto3.client("ssm").delete_parameter(Name="/ivskit/dev/pause")

    assert found("deployment") == [
        ("advice", "the parameters /ivskit/dev/pause are missing: deploy stage dev again")
    ]
    assert found("pause") == []


def test_a_pause_is_not_forgotten(account: None) -> None:
    main(["pause", "--reason", "fire drill"])

    [(verdict, sentence)] = found("pause")
    assert verdict == "advice"
    assert sentence.startswith("stage dev is paused since 2")
    assert sentence.endswith("(fire drill); `ivskit resume` ends that")


def test_tables_that_are_gone_or_have_no_index_are_named(account: None) -> None:
    publish("dev/jobs", "gone")
    boto3.client("dynamodb").delete_table(TableName=MEMORY)
    make_table(MEMORY)

    assert found("tables") == [
        ("advice", f"the index watched-1 of {MEMORY} is not active: sweeps fail"),
        ("advice", "the table of jobs, gone, is missing: restore it, or name another"),
    ]


def test_stages_that_share_a_region_share_its_quotas(account: None) -> None:
    publish("prod/bus", "arn")
    # A key of a channel is no stage.
    publish("prod/channel/bus", "key")

    assert found("stages") == [("ok", "the quotas of IVS and Lambda are shared with prod")]


def test_a_stage_that_manages_all_channels_is_to_be_alone(account: None) -> None:
    publish("prod/bus", "arn")
    boto3.client("ssm").put_parameter(
        Name=names.MANAGED_CHANNELS,
        Value=json.dumps({"stage": "prod", "channels": "all"}),
        Overwrite=True,
    )

    assert found("stages")[0] == (
        "advice",
        "policy.channels of stage prod is all, and the stages dev, prod share this region: set it "
        "to tagged or named",
    )


@pytest.mark.parametrize("text", ["all", "[]"])
def test_a_claim_to_all_channels_that_cannot_be_read_is_named(account: None, text: str) -> None:
    publish("prod/bus", "arn")
    boto3.client("ssm").put_parameter(Name=names.MANAGED_CHANNELS, Value=text, Overwrite=True)

    [(verdict, sentence), _] = found("stages")
    assert verdict == "advice"
    assert sentence.startswith(f"the parameter {names.MANAGED_CHANNELS} is not a JSON object")


@pytest.mark.parametrize(
    ("limit", "taken", "verdict", "says"),
    [
        (56, 56, "ok", "and stage dev takes 56 at most"),
        (10, 56, "advice", "and stage dev takes 56 at most: have it raised with `aws service-"),
        (10, 0, "advice", ": set account_concurrency to 10, or have it raised with `aws service-"),
    ],
)
def test_concurrency_that_is_too_little_is_an_advice(
    account: None, limit: int, taken: int, verdict: str, says: str
) -> None:
    [(found_verdict, sentence)] = found("concurrency", limit=limit, taken=taken)

    assert found_verdict == verdict
    assert sentence.startswith(f"Lambda runs {limit} functions at a time in this account")
    assert says in sentence
    assert ("L-B99A9384" in sentence) == (verdict == "advice")
