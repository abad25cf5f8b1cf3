"""Functions with their layers, mappings, roles and logs."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from ivskit_local.runtime.functions import Function
from ivskit_local.runtime.queues import POLLERS, EventSource
from ivskit_local.runtime.resources.kind import (
    ENCRYPTION,
    TAGS,
    WORDS,
    Kind,
    Putting,
    only_named,
)
from ivskit_local.runtime.template import NotCarriedOut, Placed

_AWS_POLICY = "arn:aws:iam::aws:policy/"


def _function(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "FunctionName", longest=64)
    function = Function(
        physical_name=name,
        handler=properties["Handler"],
        role=properties["Role"].rpartition("/")[2],
        timeout=int(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        variables=properties.get("Environment", {}).get("Variables", {}),
        place=putting.place,
        may_loop=properties.get("RecursiveLoop") == "Allow",
    )
    putting.deployed.functions[name] = function
    return Placed(name, {"Arn": function.arn})


def _function_named_in(name_or_arn: str) -> str:
    """Of a name or an ARN, either with a version or an alias or without."""
    _, _, rest = name_or_arn.rpartition(":function:")
    return rest.partition(":")[0]


def _version(putting: Putting, properties: dict[str, Any]) -> Placed:
    function = putting.deployed.functions[_function_named_in(properties["FunctionName"])]
    return Placed(f"{function.arn}:1", {"Version": "1", "FunctionArn": f"{function.arn}:1"})


def _alias(putting: Putting, properties: dict[str, Any]) -> Placed:
    function = putting.deployed.functions[_function_named_in(properties["FunctionName"])]
    return Placed(f"{function.arn}:{properties['Name']}", {})


def _mapping(putting: Putting, properties: dict[str, Any]) -> Placed:
    queue = properties["EventSourceArn"].rpartition(":")[2]
    function = putting.deployed.functions[_function_named_in(properties["FunctionName"])]
    _check_visibility(putting, queue, function)
    if properties.get("Enabled", True):
        concurrency = properties.get("ScalingConfig", {}).get("MaximumConcurrency", POLLERS)
        source = EventSource(
            queue=queue,
            function=function,
            batch_size=int(properties.get("BatchSize", 10)),
            window=timedelta(seconds=properties.get("MaximumBatchingWindowInSeconds", 0)),
            concurrency=int(concurrency),
            reports_failures="ReportBatchItemFailures"
            in properties.get("FunctionResponseTypes", []),
        )
        putting.deployed.sources.append(source)
    return Placed(putting.logical_id, {"Id": putting.logical_id})


def _check_visibility(putting: Putting, queue: str, function: Function) -> None:
    url = f"https://sqs.{putting.place.region}.amazonaws.com/{putting.place.account}/{queue}"
    answer = putting.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["VisibilityTimeout"]
    )
    visibility = int(answer["Attributes"]["VisibilityTimeout"])
    if visibility < function.timeout:
        raise NotCarriedOut(
            f"the queue's visibility timeout of {visibility} seconds is less than the "
            f"function's timeout of {function.timeout}, which Lambda refuses"
        )


def _role(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "RoleName", longest=64)
    iam = putting.client("iam")
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    for policy in properties.get("Policies", []):
        _put_policy(putting, name, policy["PolicyName"], policy["PolicyDocument"])
    for arn in properties.get("ManagedPolicyArns", []):
        # Stored as an inline policy of the same text, which has the same effect.
        _put_policy(putting, name, arn.rpartition("/")[2], _managed(arn))
    return Placed(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _policy(putting: Putting, properties: dict[str, Any]) -> Placed:
    for role in properties["Roles"]:
        _put_policy(putting, role, properties["PolicyName"], properties["PolicyDocument"])
    return Placed(properties["PolicyName"], {})


def _put_policy(putting: Putting, role: str, name: str, document: Mapping[str, Any]) -> None:
    putting.client("iam").put_role_policy(
        RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document)
    )


def _managed(arn: str) -> Mapping[str, Any]:
    name = arn.rpartition("/")[2]
    if not arn.startswith(_AWS_POLICY) or name not in _aws_policies():
        raise NotCarriedOut(f"the managed policy {arn}")
    document: Mapping[str, Any] = _aws_policies()[name]["Document"]
    return document


@cache
def _aws_policies() -> Mapping[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # 13 MB

    policies: Mapping[str, Any] = json.loads(aws_managed_policies_data)
    return policies


def _log_group(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "LogGroupName", longest=512)
    putting.client("logs").create_log_group(logGroupName=name)
    return Placed(name, {"Arn": f"{putting.place.arn('logs', f'log-group:{name}')}:*"})


def _log_policy(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = properties["PolicyName"]
    putting.client("logs").put_resource_policy(
        policyName=name, policyDocument=properties["PolicyDocument"]
    )
    return Placed(name, {})


KINDS = (
    Kind(
        "AWS::Lambda::Function",
        _function,
        carried_out=frozenset(
            {
                "Environment",
                "FunctionName",
                "Handler",
                "MemorySize",
                "RecursiveLoop",
                "Role",
                "Timeout",
            }
        ),
        without_effect={
            "Architectures": "the handler runs on this machine",
            "Code": "the handler is imported from functions/",
            "Description": WORDS,
            "Layers": "the layer's packages are those of this environment",
            "LoggingConfig": "what is logged stays with the world",
            "Runtime": "the handler runs in this interpreter",
            "SnapStart": "a function starts in no time that counts",
            "Tags": TAGS,
            "TracingConfig": "nothing collects the traces",
        },
    ),
    Kind(
        "AWS::Lambda::LayerVersion",
        only_named("lambda:layer:{name}:1", "{arn}"),
        without_effect={"*": "the layer's packages are those of this environment"},
    ),
    Kind(
        "AWS::Lambda::Version",
        _version,
        carried_out=frozenset({"FunctionName"}),
    ),
    Kind(
        "AWS::Lambda::Alias",
        _alias,
        carried_out=frozenset({"FunctionName", "FunctionVersion", "Name"}),
    ),
    Kind(
        "AWS::Lambda::EventSourceMapping",
        _mapping,
        carried_out=frozenset(
            {
                "BatchSize",
                "Enabled",
                "EventSourceArn",
                "FunctionName",
                "FunctionResponseTypes",
                "MaximumBatchingWindowInSeconds",
                "ScalingConfig",
            }
        ),
        without_effect={"Tags": TAGS},
    ),
    Kind(
        "AWS::IAM::Role",
        _role,
        carried_out=frozenset(
            {"AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies", "RoleName"}
        ),
        without_effect={
            "Description": WORDS,
            "MaxSessionDuration": "sessions last as long as the world",
            "Tags": TAGS,
        },
    ),
    Kind(
        "AWS::IAM::Policy",
        _policy,
        carried_out=frozenset({"PolicyDocument", "PolicyName", "Roles"}),
    ),
    Kind(
        "AWS::Logs::LogGroup",
        _log_group,
        carried_out=frozenset({"LogGroupName"}),
        without_effect={
            "DataProtectionPolicy": "logs are redacted where they are shown",
            "KmsKeyId": ENCRYPTION,
            "LogGroupClass": "what is logged stays with the world",
            "RetentionInDays": "what is logged ends with the world",
            "Tags": TAGS,
        },
    ),
    Kind(
        "AWS::Logs::ResourcePolicy",
        _log_policy,
        carried_out=frozenset({"PolicyDocument", "PolicyName"}),
    ),
    Kind(
        "AWS::Logs::QueryDefinition",
        only_named("logs:query-definition:{name}"),
        without_effect={"*": "no queries run on a laptop"},
    ),
    Kind(
        "AWS::Logs::MetricFilter",
        only_named("logs:metric-filter:{name}"),
        without_effect={"*": "no metrics on a laptop"},
    ),
)
