"""One key encrypts all that a deployment holds, and whoever needs it may use it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack

from ivskit_local.runtime.encryption import USES
from ivskit_local.runtime.iam_policies import AccessRequest, Effect, Policy
from stacks.construct import IvskitAutomation
from stacks.customer_key import key_policy
from stacks.settings import Settings, WrongSetting
from stacks.shared import Shared
from tests.stacks.resources import CUSTOMER_KEY as THEIRS
from tests.stacks.resources import QUEUE, id_in
from tests.stacks.synthesized import ROOT, Synthesized, Template, synthesize

KEY, ALIAS, TOPIC = "AWS::KMS::Key", "alias/ivskit-dev", "AWS::SNS::Topic"
TABLE, BUCKET = "AWS::DynamoDB::Table", "AWS::S3::Bucket"
# Where each type of resource names the key that it is encrypted with.
NAMES_ITS_KEY: Mapping[str, tuple[str | int, ...]] = {
    TABLE: ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Events::Archive": ("KmsKeyIdentifier",),
    "AWS::Events::EventBus": ("KmsKeyIdentifier",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    BUCKET: (
        "BucketEncryption",
        "ServerSideEncryptionConfiguration",
        0,
        "ServerSideEncryptionByDefault",
        "KMSMasterKeyID",
    ),
    TOPIC: ("KmsMasterKeyId",),
    QUEUE: ("KmsMasterKeyId",),
}
STORES = {"secretsmanager": ":secret:ivskit/dev/", "ssm": ":parameter/ivskit/dev/channel/"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """A deployment with a key of its own, and everything that can be turned on."""
    return synthesize(
        tmp_path_factory.mktemp("made"),
        security={"customer_key": "create"},
        commands={"senders": ["111122223333"]},
        revocation={"audience": True},
        policy={"revoke": "after-stream"},
    )


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """A deployment with a key of the owner's, and parameters in place of secrets."""
    return synthesize(
        tmp_path_factory.mktemp("given"),
        security={"customer_key": THEIRS},
        keys={"store": "ssm"},
    )


def keys_of(template: Template, kind: str) -> Iterator[Any]:
    """The key that each resource of this type names."""
    for properties in template.resources(kind).values():
        found: Any = properties
        for step in NAMES_ITS_KEY[kind]:
            found = found[step]
        yield found


def listed(value: Any) -> list[Any]:
    """One or more, as a list."""
    return value if isinstance(value, list) else [value]


def test_everything_that_holds_data_is_encrypted_with_the_key(
    made: Synthesized, given: Synthesized
) -> None:
    (own,) = made.automation.resources(KEY)
    for kind in NAMES_ITS_KEY:
        for template, key in (
            (made.automation, {"Fn::GetAtt": [own, "Arn"]}),
            (made.monitoring, ALIAS),
            (given.automation, THEIRS),
            (given.monitoring, THEIRS),
        ):
            assert all(found == key for found in keys_of(template, kind))
        assert made.automation.resources(kind) or made.monitoring.resources(kind)


def test_without_the_setting_only_the_topics_have_a_key(
    automation: Template, monitoring: Template
) -> None:
    assert automation.resources(KEY) == {}
    assert len(monitoring.resources(KEY)) == 1
    for template in (automation, monitoring):
        for kind in NAMES_ITS_KEY.keys() - {TOPIC}:
            assert "KMS" not in str(template.resources(kind)).upper()


def test_a_key_of_the_stage_is_kept_and_rotated_and_has_a_name(made: Synthesized) -> None:
    assert made.monitoring.resources(KEY) == {}
    [key] = (each for each in made.automation.content["Resources"].values() if each["Type"] == KEY)
    assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"
    assert key["Properties"]["EnableKeyRotation"]
    assert made.automation.only("AWS::KMS::Alias")["AliasName"] == ALIAS


def test_with_a_given_key_none_is_made(given: Synthesized) -> None:
    assert given.automation.resources(KEY) == given.monitoring.resources(KEY) == {}


def test_in_one_stack_the_topics_name_the_key_itself(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), context={"aws:cdk:bundling-stacks": []})
    stack = Stack(app, "Platform")
    settings = Settings.model_validate({"security": {"customer_key": "create"}})
    IvskitAutomation(stack, "Ivskit", settings=settings, automations=[receive_only(tmp_path)])
    app.synth()
    template = Template(tmp_path / "Platform.template.json")

    (own,) = template.resources(KEY)
    key = {"Fn::GetAtt": [own, "Arn"]}
    found = chain.from_iterable(keys_of(template, kind) for kind in NAMES_ITS_KEY)
    assert all(one == key for one in found)
    [theirs] = (each for role, each in role_statements(template) if "Theirs" in role)
    assert granted(theirs, key) == {("sqs", "kms:Decrypt")}


def receive_only(folder: Path) -> Callable[[Shared], None]:
    """Somebody's own function, which sends nothing."""
    (folder / "theirs").mkdir()

    def add(shared: Shared) -> None:
        shared.function("Theirs", package="theirs", purpose="receives", folder=folder)

    return add


# Who may use the key.


def role_statements(template: Template) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The statements of each role that has any, by its logical id."""
    for policy in template.resources("AWS::IAM::Policy").values():
        yield policy["Roles"][0]["Ref"], policy["PolicyDocument"]["Statement"]


def through(service: str) -> dict[str, Any]:
    """The condition that KMS is asked by this service."""
    via = {"Fn::Join": ["", [f"{service}.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}
    return {"StringEquals": {"kms:ViaService": via}}


def granted(statements: list[dict[str, Any]], key: Any) -> set[tuple[str, str]]:
    """The service through which each use of the key is allowed."""
    found = set()
    for each in statements:
        if "kms:" in str(each["Action"]):
            assert each["Resource"] == key
            [service] = (name for name in USES if each["Condition"] == through(name))
            found |= {(service, use) for use in listed(each["Action"])}
    return found


def is_encrypted(template: Template, action: str, resource: Any) -> bool:
    """Whether the action is on something that the key encrypts."""
    kinds = [template.resources(kind) for kind in (QUEUE, TABLE, BUCKET)]
    service = action.partition(":")[0]
    if service in STORES:
        return STORES[service] in str(resource)
    return any(f"'{name}'" in str(resource) for kind in kinds for name in kind)


def needed(template: Template, statements: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """What a role needs of KMS, by what AWS is known to ask for."""
    return {
        (service, use)
        for each in statements
        for resource in listed(each["Resource"])
        for service, _, action in (name.partition(":") for name in listed(each["Action"]))
        if is_encrypted(template, f"{service}:{action}", resource)
        for use in USES[service].get(action, USES[service].get(None, ()))
    }


def test_each_role_may_use_the_key_where_it_needs_it_and_nowhere_else(
    made: Synthesized, given: Synthesized
) -> None:
    (own,) = made.automation.resources(KEY)
    for template, key in (
        (made.automation, {"Fn::GetAtt": [own, "Arn"]}),
        (given.automation, THEIRS),
    ):
        roles = dict(role_statements(template))
        assert len(roles) > 10
        for role, statements in roles.items():
            assert granted(statements, key) == needed(template, statements) != set(), role


def test_each_function_and_schedule_may_read_from_and_send_to_its_queues(
    made: Synthesized,
) -> None:
    roles, template = dict(role_statements(made.automation)), made.automation
    (own,) = template.resources(KEY)
    key = {"Fn::GetAtt": [own, "Arn"]}
    for function in template.resources("AWS::Lambda::Function").values():
        assert ("sqs", "kms:Decrypt") in granted(roles[id_in(function["Role"])], key)
    for schedule in template.resources("AWS::Scheduler::Schedule").values():
        found = granted(roles[id_in(schedule["Target"]["RoleArn"])], key)
        assert found == {("sqs", "kms:Decrypt"), ("sqs", "kms:GenerateDataKey")}


def test_the_functions_that_deliver_keys_know_the_key(
    made: Synthesized, given: Synthesized
) -> None:
    (own,) = made.automation.resources(KEY)
    for template, key in (
        (made.automation, {"Fn::GetAtt": [own, "Arn"]}),
        (given.automation, THEIRS),
    ):
        variables = {
            function["Handler"]: function["Environment"]["Variables"].get("IVSKIT_CUSTOMER_KEY")
            for function in template.resources("AWS::Lambda::Function").values()
        }
        assert variables.pop("rotate_stream_key.handler.handler") == key
        assert variables.pop("rotate_playback_key.handler.handler") == key
        assert set(variables.values()) == {None}


# Which services may use it by themselves.

_IN = {"AWS::Region": "us-west-2", "AWS::AccountId": "123456789012", "AWS::Partition": "aws"}


def resolved(value: Any) -> Any:
    """The value in one account and region."""
    match value:
        case {"Ref": name}:
            return _IN[name]
        case {"Fn::Join": [glue, parts]}:
            return str(glue).join(map(resolved, parts))
        case dict():
            return {name: resolved(each) for name, each in value.items()}
        case list():
            return [resolved(each) for each in value]
    return value


def effect(made: Synthesized, action: str, who: str, **context: str) -> Effect | None:
    """What the key's policy says; `context` has condition keys with _ for a colon."""
    statements = resolved(made.automation.only(KEY)["KeyPolicy"]["Statement"])
    known = {name.replace("_", ":").lower(): [value] for name, value in context.items()}
    asked = AccessRequest(f"kms:{action}", "*", frozenset({who}), known)
    return Policy(tuple(statements)).effect(asked)


@pytest.mark.parametrize("action", ["Decrypt", "GenerateDataKey"])
def test_alarms_and_events_need_no_condition(made: Synthesized, action: str) -> None:
    assert effect(made, action, "events.amazonaws.com") == "Allow"
    assert effect(made, action, "cloudwatch.amazonaws.com") == "Allow"
    assert effect(made, action, "sns.amazonaws.com") is None


def test_the_archive_is_encrypted_for_this_account_alone(made: Synthesized) -> None:
    events = "events.amazonaws.com"
    assert effect(made, "DescribeKey", events) == "Allow"
    assert effect(made, "ReEncryptTo", events, aws_SourceAccount="123456789012") == "Allow"
    assert effect(made, "ReEncryptTo", events, aws_SourceAccount="111122223333") is None


@pytest.mark.parametrize(
    ("group", "expected"),
    [("/ivskit/dev/audit", "Allow"), ("/theirs", None), ("/ivskit/x/y", None)],
)
def test_logs_of_this_stage_are_encrypted_and_no_others(
    made: Synthesized, group: str, expected: Effect | None
) -> None:
    arn = f"arn:aws:logs:us-west-2:123456789012:log-group:{group}"
    known = {"kms:encryptioncontext:aws:logs:arn": arn}
    for action in ("Encrypt", "Decrypt", "GenerateDataKey", "ReEncryptFrom", "DescribeKey"):
        assert effect(made, action, "logs.us-west-2.amazonaws.com", **known) == expected


def test_senders_of_metadata_may_send_to_its_queue(made: Synthesized) -> None:
    root = "arn:aws:iam::111122223333:root"
    sqs, s3 = "sqs.us-west-2.amazonaws.com", "s3.us-west-2.amazonaws.com"
    for action in ("Decrypt", "GenerateDataKey"):
        assert effect(made, action, root, kms_ViaService=sqs) == "Allow"
        assert effect(made, action, root, kms_ViaService=s3) is None


def test_the_page_has_the_statements_for_a_key_of_the_owner() -> None:
    settings = Settings.model_validate({"stage": "prod"})
    page = (ROOT / "docs" / "security.md").read_text()
    marked = re.search(r"customer_key.py: key_policy -->\n```json\n(.*?)```", page, re.DOTALL)

    assert marked
    assert json.loads(marked[1]) == [
        Stack().resolve(statement.to_json())
        for statement in key_policy(settings, region="REGION", account="ACCOUNT")
    ]


# Wrong settings.


@pytest.mark.parametrize("value", ["yes", "alias/mine", THEIRS.replace("key/", "alias/"), ""])
def test_only_a_key_by_its_arn_will_do(value: str) -> None:
    with pytest.raises(ValueError, match="create, or the ARN of a KMS key"):
        Settings.model_validate({"security": {"customer_key": value}})


def test_a_key_serves_its_own_region_alone() -> None:
    settings = Settings.model_validate(
        {"security": {"customer_key": THEIRS}, "regions": ["us-west-2", "eu-west-1"]}
    )

    with pytest.raises(WrongSetting, match=r"cannot encrypt in eu-west-1 of ivskit\.regions"):
        settings.check_customer_key()
