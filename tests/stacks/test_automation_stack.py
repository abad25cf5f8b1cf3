"""What must not drift in the stack that watches and acts."""

import json
from pathlib import Path
from typing import Any

import pytest

from ivskit import names
from ivskit.policy import PolicySettings
from stacks import event_function
from tests.stacks.synthesized import ROOT, Template, synthesize

QUEUE, RULE, ROLE = "AWS::SQS::Queue", "AWS::Events::Rule", "AWS::IAM::Role"
FUNCTION, MAPPING = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"


def arn_of(logical_id: str) -> dict[str, list[str]]:
    """A reference to this resource's ARN."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def functions(template: Template) -> list[dict[str, Any]]:
    """Every function's properties."""
    return list(template.resources(FUNCTION).values())


def those_that_look_again(template: Template) -> list[dict[str, Any]]:
    """The environment of each function that may leave schedules."""
    told = [each["Environment"]["Variables"] for each in functions(template)]
    return [each for each in told if "IVSKIT_SCHEDULE_ROLE" in each]


def id_in(reference: Any) -> str:
    """The logical id that a reference is to."""
    return str(reference.get("Ref") or reference["Fn::GetAtt"][0])


def dead_letter_queues(template: Template) -> set[str]:
    """The queues that other queues redrive to, or rules send to what they cannot deliver."""
    queues = template.resources(QUEUE).values()
    targets = [target for rule in template.resources(RULE).values() for target in rule["Targets"]]
    redrives = [queue["RedrivePolicy"] for queue in queues if "RedrivePolicy" in queue]
    return {
        *(id_in(redrive["deadLetterTargetArn"]) for redrive in redrives),
        *(id_in(target["DeadLetterConfig"]["Arn"]) for target in targets),
    }


def rules_of_functions(template: Template) -> dict[str, dict[str, Any]]:
    """All rules but the audit's."""
    return _without_audit(template.resources(RULE))


def log_groups_of_functions(template: Template) -> dict[str, dict[str, Any]]:
    """All log groups but the audit's."""
    return _without_audit(template.resources("AWS::Logs::LogGroup"))


def _without_audit(resources: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in resources.items() if not name.startswith("Audit")}


def statements(template: Template) -> list[dict[str, Any]]:
    """What the roles are allowed."""
    policies = template.resources("AWS::IAM::Policy").values()
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def test_every_queue_has_dead_letters_or_holds_them_for_14_days(automation: Template) -> None:
    queues = automation.resources(QUEUE)
    dead_letters = dead_letter_queues(automation)

    assert dead_letters
    for logical_id in dead_letters:
        assert queues[logical_id]["MessageRetentionPeriod"] == 14 * 24 * 3600
        assert "RedrivePolicy" not in queues[logical_id]
    for logical_id in set(queues) - dead_letters:
        tries = names.METADATA_TRIES if "FifoQueue" in queues[logical_id] else names.TRIES
        assert queues[logical_id]["RedrivePolicy"]["maxReceiveCount"] == tries


def test_every_queue_is_encrypted_and_refuses_plain_http(automation: Template) -> None:
    policies = automation.resources("AWS::SQS::QueuePolicy").values()
    guarded = {
        id_in(queue)
        for policy in policies
        for queue in policy["Queues"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }

    assert guarded == set(automation.resources(QUEUE))
    assert all(queue["SqsManagedSseEnabled"] for queue in automation.resources(QUEUE).values())


def test_a_batch_never_shows_up_again_while_its_function_may_run(automation: Template) -> None:
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


def test_every_rule_pins_source_detail_type_and_discriminator(automation: Template) -> None:
    for rule in rules_of_functions(automation).values():
        pattern = rule["EventPattern"]

        assert len(pattern["source"]) == len(pattern["detail-type"]) == 1
        # A command's detail-type is its discriminator, and a breach names its limit in two ways.
        if pattern["detail-type"] == [names.LIMIT_BREACH]:
            assert [list(way) for way in pattern["detail"]["$or"]] == [["limit_name"], ["limit"]]
        elif pattern["source"] != [names.COMMAND]:
            assert pattern["detail"]["event_name"]


def test_a_change_that_the_sweep_may_find_has_its_rule_twice(automation: Template) -> None:
    def changes(source: str) -> list[tuple[Any, ...]]:
        return [
            (rule["EventPattern"]["detail-type"], rule["EventPattern"]["detail"], rule["Targets"])
            for rule in rules_of_functions(automation).values()
            if rule["EventPattern"]["source"] == [source]
            if rule["EventPattern"]["detail-type"] != [names.LIMIT_BREACH]
        ]

    assert changes(names.IVS)
    assert changes(names.IVS) == changes(names.RECONCILE)


def test_rules_of_ours_are_on_our_bus_and_those_of_ivs_on_the_default_one(
    automation: Template,
) -> None:
    (bus,) = automation.resources("AWS::Events::EventBus")
    for rule in automation.resources(RULE).values():
        expected = None if rule["EventPattern"]["source"] == [names.IVS] else {"Ref": bus}

        assert rule.get("EventBusName") == expected


def test_every_rule_can_reach_its_queue_and_keeps_what_it_cannot_deliver(
    automation: Template,
) -> None:
    may_send = {
        (id_in(statement["Condition"]["ArnEquals"]["aws:SourceArn"]), id_in(queue))
        for policy in automation.resources("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        for queue in policy["Queues"]
        if statement["Effect"] == "Allow"
    }
    for logical_id, rule in rules_of_functions(automation).items():
        (target,) = rule["Targets"]
        queue, dead_letters = id_in(target["Arn"]), id_in(target["DeadLetterConfig"]["Arn"])

        assert {(logical_id, queue), (logical_id, dead_letters)} <= may_send
        assert dead_letters in dead_letter_queues(automation)


# What IAM grants on everything or not at all.
UNBOUND = {"secretsmanager:ListSecrets"}


def test_no_role_may_do_everything_or_act_on_everything(automation: Template) -> None:
    for statement in statements(automation):
        assert statement["Effect"] == "Allow"
        assert "*" not in str(statement["Action"])
        if statement["Resource"] == "*":
            actions = (
                [statement["Action"]]
                if isinstance(statement["Action"], str)
                else statement["Action"]
            )
            assert {action for action in actions if not action.startswith("xray:Put")} <= UNBOUND


def test_wildcards_end_an_arn_and_stay_behind_the_kind_of_resource(automation: Template) -> None:
    wild = [
        statement["Resource"]["Fn::Join"][1]
        for statement in statements(automation)
        if "*" in str(statement["Resource"]) and statement["Resource"] != "*"
    ]

    assert {parts[-1] for parts in wild} == {
        ":channel/*",
        ":stream-key/*",
        ":schedule/ivskit-dev/*",
        ":secret:ivskit/dev/channel/*",
        "/manifests/*",
        "/reports/*",
    }
    assert all("*" not in str(parts[:-1]) for parts in wild)


def test_a_function_passes_its_own_schedule_role_and_to_the_scheduler_only(
    automation: Template,
) -> None:
    passed = []
    for function in functions(automation):
        told = function["Environment"]["Variables"].get("IVSKIT_SCHEDULE_ROLE")
        passing = [
            each
            for policy in automation.resources("AWS::IAM::Policy").values()
            if id_in(function["Role"]) in [id_in(role) for role in policy["Roles"]]
            for each in policy["PolicyDocument"]["Statement"]
            if each["Action"] == "iam:PassRole"
        ]
        assert [each["Resource"] for each in passing] == ([told] if told else [])
        for each in passing:
            assert each["Condition"] == {
                "StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}
            }
            passed.append(id_in(told))

    assert len(passed) == len(set(passed)) == len(those_that_look_again(automation)) > 0


def schedule_roles(template: Template) -> dict[str, dict[str, Any]]:
    """The trust of each role that EventBridge Scheduler takes."""
    trusts = {
        name: role["AssumeRolePolicyDocument"]["Statement"][0]
        for name, role in template.resources(ROLE).items()
    }
    scheduler = {"Service": "scheduler.amazonaws.com"}
    return {name: trust for name, trust in trusts.items() if trust["Principal"] == scheduler}


def test_the_scheduler_takes_its_roles_only_for_our_group(automation: Template) -> None:
    (group,) = automation.resources("AWS::Scheduler::ScheduleGroup")

    assert schedule_roles(automation)
    for trust in schedule_roles(automation).values():
        assert trust["Condition"]["StringEquals"] == {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            "aws:SourceArn": arn_of(group),
        }


def test_a_schedule_may_send_to_its_own_queue_and_its_dead_letters_only(
    automation: Template,
) -> None:
    sending = {
        id_in(role): [
            (each["Effect"], each["Action"], set(map(id_in, each["Resource"])))
            for each in policy["PolicyDocument"]["Statement"]
        ]
        for policy in automation.resources("AWS::IAM::Policy").values()
        for role in policy["Roles"]
        if id_in(role) in schedule_roles(automation)
    }
    target = automation.only("AWS::Scheduler::Schedule")["Target"]
    of_the_sweep = (target["RoleArn"], target["Arn"], target["DeadLetterConfig"]["Arn"])
    variables = ("IVSKIT_SCHEDULE_ROLE", "IVSKIT_QUEUE_ARN", "IVSKIT_SCHEDULE_DEAD_LETTERS")
    of_functions = [
        tuple(told[name] for name in variables) for told in those_that_look_again(automation)
    ]

    assert sending == {
        id_in(role): [("Allow", "sqs:SendMessage", {id_in(queue), id_in(dead_letters)})]
        for role, queue, dead_letters in (of_the_sweep, *of_functions)
    }


def test_the_clock_sends_the_sweep_its_message(automation: Template) -> None:
    schedule = automation.only("AWS::Scheduler::Schedule")
    target = schedule["Target"]

    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    (group,) = automation.resources("AWS::Scheduler::ScheduleGroup").values()
    assert schedule["GroupName"] == group["Name"]
    assert automation.resources(QUEUE)[id_in(target["Arn"])]["QueueName"] == (
        "ivskit-dev-reconcile-streams"
    )
    assert id_in(target["DeadLetterConfig"]["Arn"]) in dead_letter_queues(automation)
    assert id_in(target["RoleArn"]) in schedule_roles(automation)
    assert json.loads(target["Input"]) == {
        "id": "<aws.scheduler.execution-id>",
        "source": names.SCHEDULE,
        "detail-type": names.SWEEP,
        "time": "<aws.scheduler.scheduled-time>",
        "detail": {},
    }


@pytest.mark.parametrize(("every", "rate"), [("1m", "1 minute"), ("1h", "60 minutes")])
def test_how_often_a_sweep_comes_is_a_setting(tmp_path: Path, every: str, rate: str) -> None:
    sweep = {"every": every, "overdue": "90s"}

    automation = synthesize(tmp_path, sweep=sweep).automation

    schedule = automation.only("AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == f"rate({rate})"
    told = [
        each["Environment"]["Variables"].get("IVSKIT_OVERDUE") for each in functions(automation)
    ]
    assert sorted(filter(None, told)) == ["90s"]


def test_nobody_but_our_functions_speaks_as_ivskit(automation: Template) -> None:
    (deny,) = automation.only("AWS::Events::EventBus")["Policy"]["Statement"]
    ours = [arn_of(id_in(each["Role"])) for each in automation.resources(FUNCTION).values()]

    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "events:PutEvents")
    assert deny["Condition"] == {
        "ForAnyValue:StringEquals": {"events:source": [names.OUTCOME, names.RECONCILE]},
        "ArnNotEquals": {"aws:PrincipalArn": ours},
    }


def test_senders_may_send_commands_and_nothing_else(tmp_path: Path) -> None:
    role = "arn:aws:iam::210987654321:role/producer"
    commands = {"senders": ["123456789012", role]}

    bus = synthesize(tmp_path, commands=commands).automation.only("AWS::Events::EventBus")

    allow, deny = bus["Policy"]["Statement"]
    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert allow["Action"] == "events:PutEvents"
    assert allow["Resource"] == deny["Resource"]
    assert allow["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": names.COMMAND},
        "Null": {"events:source": "false"},
    }
    principal, account = allow["Principal"]["AWS"]
    assert principal == role
    assert account["Fn::Join"][1][-1] == ":iam::123456789012:root"


def test_what_was_said_on_the_bus_is_archived_for_a_time(automation: Template) -> None:
    archive = automation.only("AWS::Events::Archive")

    assert archive["RetentionDays"] == 30
    assert archive["EventPattern"] == {"source": [names.COMMAND, names.OUTCOME, names.RECONCILE]}


def test_applications_find_the_bus(automation: Template) -> None:
    (bus,) = automation.resources("AWS::Events::EventBus")
    parameters = automation.resources("AWS::SSM::Parameter").values()

    assert ("/ivskit/dev/bus", arn_of(bus)) in [(one["Name"], one["Value"]) for one in parameters]
    assert arn_of(bus) in [output["Value"] for output in automation.content["Outputs"].values()]


def test_applications_find_what_revocations_are_kept_in(tmp_path: Path) -> None:
    automation = synthesize(tmp_path, revocation={"audience": True}).automation
    said = {
        each["Name"]: each["Value"] for each in automation.resources("AWS::SSM::Parameter").values()
    }

    [bucket] = automation.resources("AWS::S3::Bucket")
    assert said["/ivskit/dev/reports"] == {"Ref": bucket}
    assert id_in(said["/ivskit/dev/jobs"]).startswith("RevocationJobs")
    assert id_in(said["/ivskit/dev/audience"]).startswith("RevocationAudience")


def test_without_revocations_there_is_nothing_of_them(tmp_path: Path) -> None:
    automation = synthesize(tmp_path, revocation={"enabled": False}).automation

    assert not automation.resources("AWS::S3::Bucket")
    assert not [each for each in functions(automation) if "revo" in each["Handler"]]


def test_manifests_are_read_only_in_the_buckets_of_the_settings(tmp_path: Path) -> None:
    revocation = {"manifest_buckets": ["lists.example"]}
    automation = synthesize(tmp_path, revocation=revocation).automation

    [bucket] = automation.resources("AWS::S3::Bucket")
    read = [each for each in statements(automation) if each["Action"] == "s3:GetObject"]
    arns = [arn for each in read for arn in each["Resource"]]
    assert [arn["Fn::Join"][1][-1] for arn in arns] == [":s3:::lists.example/*", "/manifests/*"]
    [told] = [
        each["Environment"]["Variables"]["IVSKIT_MANIFEST_BUCKETS"]
        for each in functions(automation)
        if each["Handler"].startswith("plan_revocation.")
    ]
    assert told == {"Fn::Join": ["", [{"Ref": bucket}, " lists.example"]]}


def test_reports_are_private_encrypted_and_forgotten_after_a_month(automation: Template) -> None:
    bucket = automation.only("AWS::S3::Bucket")

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    assert bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 30
    policy = automation.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert [each["Condition"] for each in policy if each["Effect"] == "Deny"] == [
        {"Bool": {"aws:SecureTransport": "false"}}
    ]


def test_applications_find_the_metadata_queue_and_senders_may_send_to_it(tmp_path: Path) -> None:
    role = "arn:aws:iam::210987654321:role/producer"
    automation = synthesize(tmp_path, commands={"senders": [role]}).automation
    (queue,) = [
        name
        for name, properties in automation.resources(QUEUE).items()
        if properties["QueueName"] == "ivskit-dev-metadata.fifo"
    ]
    parameters = automation.resources("AWS::SSM::Parameter").values()
    (statement,) = [
        each
        for policy in automation.resources("AWS::SQS::QueuePolicy").values()
        for each in policy["PolicyDocument"]["Statement"]
        if each.get("Sid") == "SendersMaySendMetadata"
    ]

    address = {"Ref": queue}
    found = [(one["Name"], one["Value"]) for one in parameters]
    assert ("/ivskit/dev/metadata-queue", address) in found
    assert address in [output["Value"] for output in automation.content["Outputs"].values()]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sqs:SendMessage")
    assert (statement["Resource"], statement["Principal"]) == (arn_of(queue), {"AWS": role})


def test_the_metadata_queue_keeps_order_and_knows_repeats_by_channel(automation: Template) -> None:
    fifo = {
        name: queue for name, queue in automation.resources(QUEUE).items() if "FifoQueue" in queue
    }

    assert len(fifo) == len(fifo.keys() & dead_letter_queues(automation)) * 2 == 2
    for queue in fifo.values():
        assert queue["DeduplicationScope"] == "messageGroup"
        assert queue["FifoThroughputLimit"] == "perMessageGroupId"
        assert queue["QueueName"].endswith(".fifo")


@pytest.mark.parametrize(("welcomes", "rules"), [({}, 0), ({"show": {"metadata": "hi"}}, 2)])
def test_stream_starts_are_welcomed_only_where_there_are_welcomes(
    tmp_path: Path, welcomes: dict[str, Any], rules: int
) -> None:
    automation = synthesize(tmp_path, metadata={"welcomes": welcomes}).automation

    starts = [name for name in automation.resources(RULE) if "StreamStart" in name]
    assert len([name for name in starts if name.startswith("QueueMetadata")]) == rules


def test_without_metadata_there_is_neither_its_queue_nor_its_functions(tmp_path: Path) -> None:
    automation = synthesize(tmp_path, metadata={"enabled": False}).automation

    handlers = [function["Handler"] for function in functions(automation)]
    assert not [name for name in handlers if "metadata" in name]
    assert not [name for name in automation.resources(QUEUE) if "Metadata" in name]


def test_a_deploy_pauses_nothing(automation: Template) -> None:
    parameters = automation.resources("AWS::SSM::Parameter").values()

    assert ("/ivskit/dev/pause", "off") in [(one["Name"], one["Value"]) for one in parameters]


def test_memory_outlives_the_stack_and_everything_else_goes_with_it(automation: Template) -> None:
    resources = automation.content["Resources"]
    kept = {
        name
        for name, resource in resources.items()
        if resource.get("DeletionPolicy", "Delete") != "Delete"
    }

    stores = ("AWS::DynamoDB::Table", "AWS::S3::Bucket")
    assert kept == {name for kind in stores for name in automation.resources(kind)}
    assert all(resources[name]["UpdateReplacePolicy"] == "Retain" for name in kept)


def test_memory_is_one_item_per_channel_protected_and_recoverable(automation: Template) -> None:
    tables = automation.resources("AWS::DynamoDB::Table")
    [memory] = [table for name, table in tables.items() if name.startswith("Memory")]

    assert memory["KeySchema"] == [{"AttributeName": "channel_arn", "KeyType": "HASH"}]
    (index,) = memory["GlobalSecondaryIndexes"]
    assert index["KeySchema"] == [{"AttributeName": names.WATCHED, "KeyType": "HASH"}]
    assert index["IndexName"] == names.WATCHED_INDEX
    for table in tables.values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        # A name of its own would make "destroy, then deploy" meet the retained table.
        assert "TableName" not in table


def test_what_revocations_keep_is_forgotten_in_time(tmp_path: Path) -> None:
    automation = synthesize(tmp_path, revocation={"audience": True}).automation
    kept = [
        table["TimeToLiveSpecification"]
        for name, table in automation.resources("AWS::DynamoDB::Table").items()
        if name.startswith("Revocation")
    ]

    assert kept == 2 * [{"AttributeName": "expires_at", "Enabled": True}]


def test_a_function_is_told_where_its_things_are(automation: Template) -> None:
    (function,) = [
        each for each in functions(automation) if each["Handler"].startswith("rotate_stream_key.")
    ]
    told = function["Environment"]["Variables"]

    assert set(told) == {
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
    assert told["POWERTOOLS_SERVICE_NAME"] == function["Handler"].split(".")[0]
    assert id_in(told["IVSKIT_QUEUE_ARN"]) == id_in(told["IVSKIT_QUEUE_URL"])
    assert id_in(told["IVSKIT_SCHEDULE_DEAD_LETTERS"]) in dead_letter_queues(automation)


def test_the_policy_reaches_the_functions_as_it_was_set(tmp_path: Path) -> None:
    policy = {"channels": "all", "mode": "observe", "grace": "90s"}

    deployed = functions(synthesize(tmp_path, policy=policy).automation)

    told = {each["Environment"]["Variables"]["IVSKIT_POLICY"] for each in deployed}
    assert list(map(PolicySettings.model_validate_json, told)) == [
        PolicySettings.model_validate(policy)
    ]


@pytest.mark.parametrize("adopt", ["deliver", "leave"])
def test_what_becomes_of_other_peoples_keys_reaches_the_functions_that_see_them(
    tmp_path: Path, adopt: str
) -> None:
    keys = {"store": "ssm", "adopt": adopt, "delete_orphaned_after": "30d"}

    deployed = functions(synthesize(tmp_path, keys=keys).automation)

    told = {
        each["Handler"].partition(".")[0]: each["Environment"]["Variables"].get("IVSKIT_KEYS")
        for each in deployed
    }
    seeing = {name: json.loads(text) for name, text in told.items() if text}
    assert seeing == dict.fromkeys(["rotate_stream_key", "reconcile_streams", "stop_stream"], keys)


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
