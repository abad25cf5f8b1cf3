"""What botocore's model says about inputs and botocore lets pass is refused here."""

import re
from typing import Any

import pytest
from botocore.model import OperationModel, ServiceModel

from ivs_emulator.service_model import service_model
from ivs_emulator.validation import CLASSES, complaints, pattern_of, typed

ARN = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
MODEL: ServiceModel = service_model()


def complaints_about(operation: str, value: Any) -> list[str]:
    model: OperationModel = MODEL.operation_model(operation)
    assert model.input_shape
    return list(complaints(model.input_shape, value))


@pytest.mark.parametrize(
    ("operation", "value", "complaint"),
    [
        ("GetChannel", [], "the body: must be an object"),
        ("GetChannel", {}, "arn: is required"),
        ("GetChannel", {"arn": None}, "arn: is required"),
        ("GetChannel", {"arn": 5}, "arn: must be a string"),
        ("BatchGetChannel", {"arns": ARN}, "arns: must be a list"),
        ("BatchGetChannel", {"arns": []}, "arns: must have at least 1 items, has 0"),
        ("BatchGetChannel", {"arns": [ARN] * 51}, "arns: must have at most 50 items, has 51"),
        ("BatchGetChannel", {"arns": [ARN, 7]}, "arns[1]: must be a string"),
        (
            "CreateChannel",
            {"name": "a b"},
            'name = "a b": must match [a-zA-Z0-9-_]*',
        ),
        ("CreateChannel", {"authorized": "yes"}, "authorized: must be true or false"),
        ("CreateChannel", {"type": "HUGE"}, 'type = "HUGE": must be one of BASIC, STANDARD'),
        ("CreateChannel", {"tags": ["a"]}, "tags: must be an object"),
        ("CreateChannel", {"tags": {"a": 1}}, "tags.a: must be a string"),
        ("CreateChannel", {"tags": {"a!": "b"}}, 'tags (key) = "a!": must match'),
        (
            "CreateChannel",
            {"tags": {f"k{n}": "" for n in range(51)}},
            "tags: must have at most 50 entries, has 51",
        ),
        (
            "CreateChannel",
            {"multitrackInputConfiguration": {"policy": "SOME"}},
            'multitrackInputConfiguration.policy = "SOME": must be one of ALLOW, REQUIRE',
        ),
        ("ListChannels", {"maxResults": 101}, "maxResults = 101: must be from 1 to 100"),
        ("ListChannels", {"maxResults": True}, "maxResults: must be an integer"),
        ("ListStreamKeys", {"channelArn": ARN, "maxResults": 51}, "maxResults = 51: must be from"),
        (
            "StartViewerSessionRevocation",
            {"channelArn": ARN, "viewerId": "v" * 41},
            f'viewerId = "{"v" * 41}": must have at most 40 characters, has 41',
        ),
        (
            "StartViewerSessionRevocation",
            {
                "channelArn": ARN,
                "viewerId": "v",
                "viewerSessionVersionsLessThanOrEqualTo": 2**31,
            },
            "viewerSessionVersionsLessThanOrEqualTo = 2147483648: must be from 0 to 2147483647",
        ),
        (
            "InsertAdBreak",
            {"channelArn": ARN, "durationSeconds": 1, "targetStartAt": "noon"},
            "targetStartAt: must be an ISO 8601 time",
        ),
        (
            "InsertAdBreak",
            {"channelArn": ARN, "durationSeconds": 1, "targetStartAt": "2099-01-01T00:00:00"},
            'targetStartAt = "2099-01-01T00:00:00": must have a time zone, such as Z',
        ),
        (
            "InsertAdBreak",
            {"channelArn": ARN, "durationSeconds": 1, "targetStartAt": "2099-01-01"},
            'targetStartAt = "2099-01-01": must have a time zone, such as Z',
        ),
        (
            "InsertAdBreak",
            {"channelArn": ARN, "durationSeconds": 1, "targetStartAt": "9999-12-31T23:59:59-12:00"},
            'targetStartAt = "9999-12-31T23:59:59-12:00": must be in the years 2 to 9998',
        ),
        (
            "InsertAdBreak",
            {"channelArn": ARN, "durationSeconds": 1, "targetStartAt": "0001-01-01T00:00:00+14:00"},
            'targetStartAt = "0001-01-01T00:00:00+14:00": must be in the years 2 to 9998',
        ),
        (
            "InsertAdBreak",
            {"channelArn": ARN, "durationSeconds": 1, "targetStartAt": 4070908800},
            "targetStartAt: must be an ISO 8601 time",
        ),
        ("PutMetadata", {"channelArn": ARN, "metadata": 5}, "metadata: must be a string"),
        ("PutMetadata", {"channelArn": ARN, "metadata": "\ud800"}, "metadata: must be a string"),
    ],
)
def test_a_complaint_names_member_limit_and_value(
    operation: str, value: Any, complaint: str
) -> None:
    (first, *_) = complaints_about(operation, value)

    assert first.startswith(complaint)


def test_every_wrong_member_is_complained_about() -> None:
    assert (
        len(complaints_about("CreateChannel", {"name": "a b", "type": "X", "latencyMode": "Y"}))
        == 3
    )


def test_a_sensitive_value_is_not_repeated() -> None:
    (complaint,) = complaints_about("PutMetadata", {"channelArn": ARN, "metadata": ""})

    assert complaint == "metadata: must have at least 1 characters, has 0"


def test_a_long_value_is_cut() -> None:
    (length,) = complaints_about("CreateChannel", {"name": "n" * 1000})

    assert length == f'name = "{"n" * 100}": must have at most 128 characters, has 1000'


@pytest.mark.parametrize(
    ("operation", "value"),
    [
        ("BatchGetChannel", {"arns": ["x"] * 100_000}),
        ("TagResource", {"resourceArn": ARN, "tags": {f"!{n}": n for n in range(100_000)}}),
        ("GetChannel", {"arn": "x" * 1_000_000}),
        ("ListChannels", {"maxResults": 10**4000}),
        ("CreateChannel", {"tags": {"!" * 100_000: "!" * 100_000}}),
    ],
)
def test_a_complaint_is_short_however_much_is_wrong(operation: str, value: Any) -> None:
    assert sum(map(len, complaints_about(operation, value))) < 500


def test_what_has_too_many_items_is_not_looked_into() -> None:
    assert complaints_about("BatchGetChannel", {"arns": ["x"] * 51}) == [
        "arns: must have at most 50 items, has 51"
    ]


def test_a_stream_key_in_the_wrong_place_is_not_repeated() -> None:
    (complaint,) = complaints_about("GetChannel", {"arn": "sk_us-west-2_abcdef_123456"})

    assert complaint.startswith('arn = "sk_***": must match')


@pytest.mark.parametrize("key", ["Größe", "名前", "a b", "a_b.c:/=+-@", "Ⅷ", "x\u00a0y"])
def test_tags_may_hold_letters_digits_and_separators_of_any_script(key: str) -> None:
    assert complaints_about("TagResource", {"resourceArn": ARN, "tags": {key: key}}) == []


@pytest.mark.parametrize("key", ["a\tb", "a\nb", "a,b", "a\u0301"])
def test_tags_may_hold_nothing_else(key: str) -> None:
    assert complaints_about("TagResource", {"resourceArn": ARN, "tags": {key: ""}})


def test_the_models_pattern_of_a_resource_arn_is_corrected() -> None:
    assert complaints_about("ListTagsForResource", {"resourceArn": ARN}) == []
    assert complaints_about("ListTagsForResource", {"resourceArn": "arn:aws:s3:::bucket"})


def test_every_pattern_of_the_model_can_be_checked() -> None:
    shapes = [MODEL.shape_for(name) for name in MODEL.shape_names]
    patterns = {p for p in map(pattern_of, shapes) if p}

    for pattern in patterns:
        for theirs, ours in CLASSES.items():
            # "\w" for a letter also means "_", so this holds only while "_" is allowed anyway.
            assert theirs not in pattern or "_" in pattern
            pattern = pattern.replace(theirs, ours)
        assert "\\p" not in pattern
        re.compile(pattern)
    assert len(patterns) > 10


def test_a_valid_value_comes_out_as_python_has_it() -> None:
    shape = MODEL.operation_model("InsertAdBreak").input_shape

    arguments = typed(
        shape,
        {
            "channelArn": ARN,
            "durationSeconds": 20,
            "adBreakId": None,
            "targetStartAt": "2026-02-05T02:03:18+01:00",
            "unknown": 1,
        },
    )

    assert arguments["target_start_at"].isoformat() == "2026-02-05T01:03:18+00:00"
    assert (arguments["channel_arn"], arguments["duration_seconds"]) == (ARN, 20)
    assert arguments.keys() == {"channel_arn", "duration_seconds", "target_start_at"}


def test_tags_keep_their_keys_and_structures_in_lists_lose_their_capitals() -> None:
    shape = MODEL.operation_model("BatchStartViewerSessionRevocation").input_shape
    tags = MODEL.operation_model("TagResource").input_shape

    viewers = typed(shape, {"viewerSessions": [{"channelArn": ARN, "viewerId": "V"}]})

    assert viewers == {"viewer_sessions": [{"channel_arn": ARN, "viewer_id": "V"}]}
    assert typed(tags, {"tags": {"CamelCase": "X"}})["tags"] == {"CamelCase": "X"}
