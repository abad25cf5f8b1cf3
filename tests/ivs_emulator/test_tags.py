"""Tags: on channels and keys alike, 50 at most, AWS's own kept apart."""

from typing import Any

from ivs_emulator.tags import set_tags


def test_tags_are_added_updated_and_removed(ivs: Any, arn: str) -> None:
    tagged = ivs.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    ivs.tag_resource(resourceArn=arn, tags={"b": "3"})
    assert ivs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1", "b": "3"}

    untagged = ivs.untag_resource(resourceArn=arn, tagKeys=["a", "never there"])

    assert ivs.get_channel(arn=arn)["channel"]["tags"] == {"b": "3"}
    for answer in (tagged, untagged):
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_stream_key_has_tags_of_its_own(ivs: Any, arn: str, key: Any) -> None:
    ivs.tag_resource(resourceArn=key["arn"], tags={"a": "1"})

    assert ivs.get_stream_key(arn=key["arn"])["streamKey"]["tags"] == {"a": "1"}
    assert ivs.list_tags_for_resource(resourceArn=arn)["tags"] == {}


def test_unknown_resources_have_no_tags(ivs: Any, arn: str, refused: Any) -> None:
    for unknown in (arn + "x", "arn:aws:ivs:us-west-2:123456789012:stage/AbCdef1G2hij"):
        error = refused(ivs.list_tags_for_resource, resourceArn=unknown)
        assert (error["code"], error["status"]) == ("ResourceNotFoundException", 404)


def test_a_resource_has_50_tags_at_most(ivs: Any, arn: str, refused: Any) -> None:
    ivs.tag_resource(resourceArn=arn, tags={f"k{n}": "" for n in range(50)})
    ivs.tag_resource(resourceArn=arn, tags={"k0": "again"})

    error = refused(ivs.tag_resource, resourceArn=arn, tags={"one more": ""})

    assert (error["code"], error["status"]) == ("ValidationException", 400)
    assert "at most 50" in error["message"]
    assert "has 51" in error["message"]


def test_the_prefix_of_aws_is_reserved(ivs: Any, arn: str, refused: Any) -> None:
    for operation, arguments in (
        (ivs.tag_resource, {"resourceArn": arn, "tags": {"aws:x": "1"}}),
        (ivs.untag_resource, {"resourceArn": arn, "tagKeys": ["aws:x"]}),
        (ivs.create_channel, {"tags": {"AWS:x": "1"}}),
    ):
        error = refused(operation, **arguments)
        assert error["code"] == "ValidationException"
        assert "aws:" in error["message"]


def test_aws_may_tag_as_it_likes_and_does_not_count(
    ivs: Any, arn: str, backend: Any, key: Any
) -> None:
    set_tags(backend, backend.stream_keys[key["arn"]], {"aws:cloudformation:stack-name": "s"})

    ivs.tag_resource(resourceArn=key["arn"], tags={f"k{n}": "" for n in range(50)})

    tags = ivs.list_tags_for_resource(resourceArn=key["arn"])["tags"]
    assert tags["aws:cloudformation:stack-name"] == "s"
    assert len(tags) == 51
