"""The page about cost is what its script writes, from templates and usage as they are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import cost, usage
from benchmarks.counts import total
from benchmarks.month import PRICES, SWEEP, USED, Deployment, Month, deployment
from ivskit_local.runtime.synth import overrides_of, synthesize

# What has no price of its own. Whoever adds a type says here that it is free, or counts it in
# benchmarks/month.py.
FREE = {
    "AWS::Logs::MetricFilter",
    "AWS::DynamoDB::Table",  # on demand: its units and its bytes are counted
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::Alias",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Version",  # its cache costs under SnapStart, and is counted there
    "AWS::Logs::QueryDefinition",
    "AWS::Logs::ResourcePolicy",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",  # requests are counted
    "AWS::SQS::QueuePolicy",
    "AWS::SSM::Parameter",  # standard ones
    "AWS::Scheduler::ScheduleGroup",
}
COUNTED = {
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Events::Archive",
    "AWS::KMS::Key",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::Scheduler::Schedule",
}


def resources() -> list[dict[str, Any]]:
    """Every resource of the app."""
    return [
        resource
        for template in synthesize(cost.ROOT).values()
        for resource in template["Resources"].values()
    ]


def test_the_page_is_what_the_script_writes() -> None:
    page = cost.PAGE.read_text()

    assert page == cost.written(page), "run `uv run python benchmarks/cost.py`"


def test_every_type_of_resource_is_counted_or_free() -> None:
    types = {resource["Type"] for resource in resources()}

    assert types == FREE | COUNTED


def test_tables_are_on_demand_and_parameters_are_standard() -> None:
    of_tables = [
        each["Properties"]["BillingMode"]
        for each in resources()
        if each["Type"] == "AWS::DynamoDB::Table"
    ]
    tiers = {
        each["Properties"].get("Tier", "Standard")
        for each in resources()
        if each["Type"] == "AWS::SSM::Parameter"
    }

    assert set(of_tables) == {"PAY_PER_REQUEST"}
    assert tiers == {"Standard"}


def test_settings_change_of_a_deployment_what_the_page_says() -> None:
    # Of each setting the last value that the page lists.
    last = {path: (value, changes) for path, value, changes in cost.CHANGES}
    block = overrides_of([(path, _parsed(value)) for path, (value, _) in last.items()])
    changed: dict[str, Any] = {}
    for _, changes in last.values():
        changed |= changes

    expected = replace(deployment(synthesize(cost.ROOT)), **changed)
    assert deployment(synthesize(cost.ROOT, block)) == expected


def _parsed(value: str) -> object:
    return int(value) if value.isdigit() else {"true": True}.get(value, value)


def test_the_readme_says_what_secrets_of_5000_channels_cost() -> None:
    readme = (cost.ROOT / "README.md").read_text()
    (line,) = (line for line in readme.splitlines() if line.startswith("| `keys.store`"))
    price, parameter = PRICES["secret"], PRICES["standard parameter"]

    assert f"5,000 channels cost {5_000 * price['usd']:,.0f} USD a month as secrets" in line
    assert parameter["usd"] == 0
    assert "nothing as parameters" in line


def test_of_alarms_the_free_tier_covers_ten_metrics() -> None:
    default = deployment(synthesize(cost.ROOT))
    many, few = (
        Month(replace(default, alarm_metrics=metrics), 10, typical=False) for metrics in (12, 9)
    )

    assert many.usd - few.usd == pytest.approx(3 * 0.1)
    assert many.usd_beyond_free - few.usd_beyond_free == pytest.approx(2 * 0.1)


def test_a_stream_uses_what_was_measured() -> None:
    """Where this fails, the page is out of date: run `benchmarks/usage.py`, then `cost.py`."""
    with usage.stage(1) as on:
        (arn,) = on.channels
        on.stream(arn)
        on.meter.take()
        on.stream(arn)
        taken = on.meter.take()
    used = total(*(taken[name] for name in taken if name != SWEEP))
    measured = USED["events"]["secretsmanager"]["stream"]

    assert _counted(used) == _counted(measured)


def _counted(used: Mapping[str, float]) -> Mapping[str, float]:
    """Without times and sizes; what a function that is new uses counts too."""
    kinds = ("records", "invocations", "secret", "read")
    return {name: much for name, much in used.items() if name.split()[0] in kinds}


def with_key() -> Deployment:
    """What is deployed with a key of the stage's own."""
    return cost.with_setting("security.customer_key", "create")


def test_a_sweep_that_finds_nothing_has_four_data_keys_asked_for() -> None:
    # The schedule sends, which asks twice; the function receives, and reads the memory.
    assert with_key().key_requests_of_sweeps == 4
    assert deployment(synthesize(cost.ROOT)).key_requests == 0


def test_without_metadata_its_senders_and_readers_ask_for_no_data_key() -> None:
    block = overrides_of([("security.customer_key", "create"), ("metadata.enabled", False)])
    # Two queues: EventBridge and queue_metadata send to the first, which receives there and has a
    # schedule; queue_metadata sends to the second, which push_metadata receives from. Both
    # functions use the memory.
    of_metadata = (2 + 2 + 2 + 1) + (2 + 1) + 2

    fewer = deployment(synthesize(cost.ROOT, block)).key_requests
    assert with_key().key_requests - fewer == of_metadata


def test_a_rotation_asks_kms_twice_for_its_secret() -> None:
    idle, typical = (Month(with_key(), 100, typical=typical) for typical in (False, True))
    amounts = [
        sum(line.amount for line in month.lines() if line.row == "requests for data keys")
        for month in (idle, typical)
    ]

    spans, rotations = 30 * 24 * 12, 100 * 30 * 4
    assert amounts == [4 * spans, with_key().key_requests * spans + 2 * rotations]
