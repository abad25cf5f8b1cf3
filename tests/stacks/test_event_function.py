"""What every function has: mappings, rules, variables, a log, and its own code."""

import shutil
import sys
from pathlib import Path

import pytest

from ivskit import names
from ivskit.policy import PolicySettings
from stacks.function_code import build_code, code_hash
from stacks.settings import Settings
from tests.stacks.resources import (
    FUNCTION,
    MAPPING,
    QUEUE,
    dead_letter_queues,
    functions,
    id_in,
    invoked,
    log_groups_of_functions,
    statements,
)
from tests.stacks.synthesized import ROOT, SynthesizedWith, Template

HERE = f"python3.{sys.version_info.minor}"
PACKAGES = [path.parent.name for path in ROOT.glob("functions/*/handler.py")]


def test_a_batch_never_reappears_while_its_function_may_run(automation: Template) -> None:
    for mapping in automation.resources(MAPPING).values():
        queue = automation.resources(QUEUE)[id_in(mapping["EventSourceArn"])]
        function = automation.resources(FUNCTION)[invoked(automation, mapping)]

        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_every_queue_has_one_mapping_that_reports_single_failures(automation: Template) -> None:
    mappings = automation.resources(MAPPING).values()

    assert {invoked(automation, each) for each in mappings} == set(automation.resources(FUNCTION))
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
        ("stop-stream-urgent", 1, 4),
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


def test_the_policy_reaches_the_functions_as_it_was_set(synthesized_with: SynthesizedWith) -> None:
    policy = {"channels": "all", "mode": "observe", "grace": "90s"}

    deployed = functions(synthesized_with(policy=policy).automation)

    policies = {each["Environment"]["Variables"]["IVSKIT_POLICY"] for each in deployed}
    assert list(map(PolicySettings.model_validate_json, policies)) == [
        PolicySettings.model_validate(policy)
    ]


def test_runtime_architecture_and_retention_are_settings(synthesized_with: SynthesizedWith) -> None:
    automation = synthesized_with(
        runtime="python3.12", architecture="x86_64", log_retention_days=7
    ).automation

    layers = automation.resources("AWS::Lambda::LayerVersion").values()
    for layer in layers:
        assert layer["CompatibleRuntimes"] == ["python3.12"]
        assert layer["CompatibleArchitectures"] == ["x86_64"]
    assert len(layers) == 2
    for function in functions(automation):
        assert function["Runtime"] == "python3.12"
        assert function["Architectures"] == ["x86_64"]
    for group in log_groups_of_functions(automation).values():
        assert group["RetentionInDays"] == 7


@pytest.mark.parametrize("tracing", [False, True])
def test_tracing_is_a_setting(synthesized_with: SynthesizedWith, tracing: bool) -> None:
    automation = synthesized_with(tracing=tracing).automation
    granted = [action for each in statements(automation) for action in each["Action"]]

    modes = {str(each.get("TracingConfig", {}).get("Mode")) for each in functions(automation)}
    assert modes == {"Active" if tracing else "None"}
    assert ("xray:PutTraceSegments" in granted) is tracing


def test_a_function_logs_and_times_out(automation: Template) -> None:
    logged_to = [id_in(each["LoggingConfig"]["LogGroup"]) for each in functions(automation)]

    assert sorted(logged_to) == sorted(log_groups_of_functions(automation))
    for function in functions(automation):
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        if "reconcile" in function["Handler"]:
            assert function["Timeout"] == names.SWEEP_TIMEOUT_SECONDS < names.SWEEP_LEASE_SECONDS
        elif "IVSKIT_MEMORY" in function["Environment"]["Variables"]:
            assert function["Timeout"] == names.FUNCTION_TIMEOUT_SECONDS < names.LEASE_SECONDS
        assert "ReservedConcurrentExecutions" not in function


def test_the_asset_of_a_function_holds_its_package_and_nothing_else(tmp_path: Path) -> None:
    for package in PACKAGES:
        build_code(package, tmp_path / package, Settings.model_validate({"runtime": HERE}))

        sources = {path.name for path in (ROOT / "functions" / package).rglob("*.py")}
        built = [path for path in (tmp_path / package).rglob("*") if path.is_file()]
        assert {path.name for path in built if path.suffix == ".py"} == sources
        assert {path.relative_to(tmp_path / package).parts[0] for path in built} == {package}
        assert {path.suffix for path in built} == {".py", ".pyc"}


def test_a_changed_source_or_runtime_is_another_asset(tmp_path: Path) -> None:
    folder = tmp_path / "functions"
    shutil.copytree(ROOT / "functions" / "stop_stream", folder / "stop_stream")
    first = code_hash("stop_stream", Settings(), folder=folder)

    assert code_hash("stop_stream", Settings(), folder=folder) == first
    assert code_hash("stop_stream", Settings(runtime="python3.12"), folder=folder) != first
    (folder / "stop_stream" / "live.py").touch()
    assert code_hash("stop_stream", Settings(), folder=folder) == first
    with (folder / "stop_stream" / "live.py").open("a") as file:
        file.write("# changed\n")
    assert code_hash("stop_stream", Settings(), folder=folder) != first


@pytest.mark.parametrize("kind", ["AWS::Lambda::Function", "AWS::Lambda::LayerVersion"])
def test_code_is_found_by_its_content(automation: Template, kind: str) -> None:
    for properties in automation.resources(kind).values():
        code = properties.get("Code") or properties["Content"]

        assert len(code["S3Key"].removesuffix(".zip")) == 64
