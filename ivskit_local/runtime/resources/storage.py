"""Tables, buckets, parameters and secrets; and monitoring."""

import json
from typing import Any

from ivskit_local.runtime.iam_policies import Policy
from ivskit_local.runtime.resources.kind import (
    ENCRYPTION,
    TAGS,
    WORDS,
    Kind,
    Putting,
    only_named,
)
from ivskit_local.runtime.template import Placed

_NOT_LOST = "nothing outlives its world"


def _table(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "TableName", longest=255)
    given = {
        key: properties[key]
        for key in ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")
        if key in properties
    }
    answer = putting.client("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", **given
    )
    arn = answer["TableDescription"]["TableArn"]
    putting.encrypt(arn, properties.get("SSESpecification", {}).get("KMSMasterKeyId"))
    return Placed(name, {"Arn": arn})


def _parameter(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "Name", longest=1011)
    putting.client("ssm").put_parameter(
        Name=name, Type=properties["Type"], Value=properties["Value"]
    )
    return Placed(name, {"Type": properties["Type"], "Value": properties["Value"]})


def _bucket(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "BucketName", longest=63).lower()
    region = putting.place.region
    # S3 takes no LocationConstraint for its oldest region.
    where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    putting.client("s3").create_bucket(Bucket=name, **({} if region == "us-east-1" else where))
    arn = f"arn:aws:s3:::{name}"
    for rule in properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", []):
        putting.encrypt(arn, rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID"))
    return Placed(name, {"Arn": arn})


def _secret(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "Name", longest=512)
    text = {key: properties[key] for key in ("SecretString",) if key in properties}
    arn = putting.client("secretsmanager").create_secret(Name=name, **text)["ARN"]
    return Placed(arn, {"Id": arn})


def _key(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = f"{putting.stack}-{putting.logical_id}"
    arn = putting.place.arn("kms", f"key/{name}")
    if properties.get("KeyPolicy"):
        policy = Policy.parse(json.dumps(properties["KeyPolicy"]))
        putting.deployed.keys.policies[arn] = policy
    return Placed(name, {"Arn": arn})


def _alias(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = properties["AliasName"]
    putting.deployed.keys.aliases[name] = properties["TargetKeyId"]
    return Placed(name, {"AliasArn": putting.place.arn("kms", name)})


KINDS = (
    Kind(
        "AWS::DynamoDB::Table",
        _table,
        carried_out=frozenset(
            {
                "AttributeDefinitions",
                "GlobalSecondaryIndexes",
                "KeySchema",
                "SSESpecification",
                "TableName",
            }
        ),
        without_effect={
            "BillingMode": "capacity has no limit on a laptop",
            "DeletionProtectionEnabled": _NOT_LOST,
            "PointInTimeRecoverySpecification": _NOT_LOST,
            "ProvisionedThroughput": "capacity has no limit on a laptop",
            "TableClass": "storage costs nothing on a laptop",
            "Tags": TAGS,
            "TimeToLiveSpecification": "DynamoDB itself may take days to remove an item",
        },
    ),
    Kind(
        "AWS::SSM::Parameter",
        _parameter,
        carried_out=frozenset({"Name", "Type", "Value"}),
        without_effect={"Description": WORDS, "Tags": TAGS, "Tier": "costs nothing on a laptop"},
    ),
    Kind(
        "AWS::S3::Bucket",
        _bucket,
        carried_out=frozenset({"BucketEncryption", "BucketName"}),
        without_effect={
            "LifecycleConfiguration": _NOT_LOST,
            "LoggingConfiguration": "there are no access logs on a laptop",
            "OwnershipControls": "there is one owner",
            "PublicAccessBlockConfiguration": "nothing else can reach it",
            "Tags": TAGS,
            "VersioningConfiguration": _NOT_LOST,
        },
    ),
    Kind(
        "AWS::S3::BucketPolicy",
        only_named("s3:{name}"),
        without_effect={"*": "a role's own policies decide about buckets here"},
    ),
    Kind(
        "AWS::SecretsManager::Secret",
        _secret,
        carried_out=frozenset({"Name", "SecretString"}),
        without_effect={"Description": WORDS, "KmsKeyId": ENCRYPTION, "Tags": TAGS},
    ),
    Kind(
        "AWS::KMS::Key",
        _key,
        carried_out=frozenset({"KeyPolicy"}),
        without_effect={"*": ENCRYPTION},
    ),
    Kind("AWS::KMS::Alias", _alias, carried_out=frozenset({"AliasName", "TargetKeyId"})),
    Kind(
        "AWS::CloudWatch::Alarm",
        only_named("cloudwatch:alarm:{name}"),
        without_effect={"*": "no metrics on a laptop; the replay reports dead letters"},
    ),
    Kind(
        "AWS::CloudWatch::CompositeAlarm",
        only_named("cloudwatch:alarm:{name}"),
        without_effect={"*": "no metrics on a laptop; the replay reports dead letters"},
    ),
    Kind(
        "AWS::CloudWatch::Dashboard",
        only_named("cloudwatch:dashboard/{name}"),
        without_effect={"*": "no metrics on a laptop"},
    ),
    Kind(
        "AWS::CDK::Metadata",
        only_named("cloudformation:metadata/{name}"),
        without_effect={"*": "it counts how the CDK is used"},
    ),
)
