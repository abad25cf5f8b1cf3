"""What every function has: mappings, rules, variables, a log, and its own code."""

from pathlib import Path

import pytest

from ivskit import names
from ivskit.policy import PolicySettings
from stacks import event_function
from tests.stacks.resources import (
    FUNCTION,
    MAPPING,
    QUEUE,
    dead_letter_queues,
    functions,
    id_in,
    log_groups_of_functions,
)
from tests.stacks.synthesized import ROOT, Template, synthesize


def test_a_batch_never_reappears_while_its_function_may_run(automation: Template) -> None:
    for mapping in automation.resources(MAPPING).values():
        queue = automation.resources(QUEUE)[id_in(mapping["EventSourceArn"])]
        function = automation.resources(FUNCTION)[id_in(mapping["FunctionName"])]

        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_every_queue_has_one_mapping_that_reports_single_failures(automation: Template) -> None:
    mappings = automation.resources(MAPPING).values()

    assert {id_in(each["FunctionName"]) for each in mappings} == set(automation.resources(FUNCTION))
    assert sorted(id_in(each["EventSourceArn"]) for each in mappings) == sorted(
        set(automation.resources(QUEUE)) - dead_letter_queues(automation)
    )
    for mapping in mappings:
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize(
    ("queue", "batch_size", "concurrency"),
    [
        ("rotate-stream-key", 10, 4),
        ("stop-stream", 10, 4),
        ("stop-stream-urgent", 10, 4),
        ("metadata.fifo", 10, 30),
        # Sweeps exclude each other, and Lambda allows no less than two.
        ("reconcile-streams", 1, 2),
        ("plan-revocation", 1, 2),
        ("plan-revocation-urgent", 1, 2),
        ("revoke-viewers", 10, names.REVOCATION_LANES),
        ("revoke-viewers-few", 1, names.REVOCATION_LANES),
    ],
)
def test_a_queue_hands_out_so_many_records_to_so_many_at_a_time(
    automation: Template, queue: str, batch_size: int, concurrency: int
) -> None:
    queues = automation.resources(QUEUE)
    (mapping,) = [
        each
        for each in automation.resources(MAPPING).values()
        if queues[id_in(each["EventSourceArn"])]["QueueName"] == f"ivskit-dev-{queue}"
    ]

    assert mapping["BatchSize"] == batch_size
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": concurrency}


def test_a_function_gets_exactly_the_variables_that_it_reads(automation: Template) -> None:
    (function,) = [
        each for each in functions(automation) if each["Handler"].startswith("rotate_stream_key.")
    ]
    variables = function["Environment"]["Variables"]

    assert set(variables) == {
        "IVSKIT_STAGE",
        "IVSKIT_BUS",
        "IVSKIT_COMMAND_CHANNELS",
        "IVSKIT_KEYS",
        "IVSKIT_MEMORY",
        "IVSKIT_QUEUE_URL",
        "IVSKIT_QUEUE_ARN",
        "IVSKIT_SCHEDULE_GROUP",
        "IVSKIT_SCHEDULE_ROLE",
        "IVSKIT_SCHEDULE_DEAD_LETTERS",
        "IVSKIT_POLICY",
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_NAMESPACE",
        "POWERTOOLS_LOG_LEVEL",
    }
    assert variables["POWERTOOLS_SERVICE_NAME"] == function["Handler"].split(".")[0]
    assert id_in(variables["IVSKIT_QUEUE_ARN"]) == id_in(variables["IVSKIT_QUEUE_URL"])
    assert id_in(variables["IVSKIT_SCHEDULE_DEAD_LETTERS"]) in dead_letter_queues(automation)


def test_the_policy_reaches_the_functions_as_it_was_set(tmp_path: Path) -> None:
    policy = {"channels": "all", "mode": "observe", "grace": "90s"}

    deployed = functions(synthesize(tmp_path, policy=policy).automation)

    policies = {each["Environment"]["Variables"]["IVSKIT_POLICY"] for each in deployed}
    assert list(map(PolicySettings.model_validate_json, policies)) == [
        PolicySettings.model_validate(policy)
    ]


def test_runtime_architecture_and_retention_are_settings(tmp_path: Path) -> None:
    automation = synthesize(
        tmp_path, runtime="python3.12", architecture="x86_64", log_retention_days=7
    ).automation

    layer = automation.only("AWS::Lambda::LayerVersion")
    assert layer["CompatibleRuntimes"] == ["python3.12"]
    for function in functions(automation):
        assert function["Runtime"] == "python3.12"
        assert function["Architectures"] == layer["CompatibleArchitectures"] == ["x86_64"]
    for group in log_groups_of_functions(automation).values():
        assert group["RetentionInDays"] == 7


def test_a_function_logs_traces_and_times_out(automation: Template) -> None:
    logged_to = [id_in(each["LoggingConfig"]["LogGroup"]) for each in functions(automation)]

    assert sorted(logged_to) == sorted(log_groups_of_functions(automation))
    for function in functions(automation):
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert function["TracingConfig"] == {"Mode": "Active"}
        if "reconcile" in function["Handler"]:
            assert function["Timeout"] == names.SWEEP_TIMEOUT_SECONDS < names.SWEEP_LEASE_SECONDS
        elif "IVSKIT_MEMORY" in function["Environment"]["Variables"]:
            assert function["Timeout"] == names.FUNCTION_TIMEOUT_SECONDS < names.LEASE_SECONDS
        assert "ReservedConcurrentExecutions" not in function


def test_the_asset_of_a_function_holds_its_sources_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("__init__.py", "handler.py", "__pycache__/handler.cpython-313.pyc"):
        packages = [path.parent.name for path in ROOT.glob("functions/*/handler.py")]
        for package in (*packages, "another_function"):
            source = tmp_path / "functions" / package / name
            source.parent.mkdir(parents=True, exist_ok=True)
            source.touch()
    monkeypatch.setattr(event_function, "ROOT", tmp_path)

    synthesized = synthesize(tmp_path / "cdk.out")

    for function in functions(synthesized.automation):
        package = function["Handler"].partition(".")[0]
        asset = synthesized.asset(function["Code"]["S3Key"])
        files = {path.relative_to(asset).as_posix() for path in asset.rglob("*") if path.is_file()}
        assert files == {f"{package}/__init__.py", f"{package}/handler.py"}


@pytest.mark.parametrize("kind", ["AWS::Lambda::Function", "AWS::Lambda::LayerVersion"])
def test_code_is_found_by_its_content(automation: Template, kind: str) -> None:
    for properties in automation.resources(kind).values():
        code = properties.get("Code") or properties["Content"]

        assert len(code["S3Key"].removesuffix(".zip")) == 64
