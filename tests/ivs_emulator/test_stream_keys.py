"""Stream keys: one per channel, and their value shown only to who asks for it."""

from typing import Any

from ivs_emulator.stream_keys import add_stream_key


def test_a_second_key_on_a_channel_exceeds_a_quota(ivs: Any, arn: str, refused: Any) -> None:
    error = refused(ivs.create_stream_key, channelArn=arn)

    assert (error["code"], error["status"]) == ("ServiceQuotaExceededException", 402)


def test_rotation_is_delete_then_create_and_changes_arn_and_value(
    ivs: Any, arn: str, key: Any
) -> None:
    gone = ivs.delete_stream_key(arn=key["arn"])
    new = ivs.create_stream_key(channelArn=arn, tags={"a": "b"})["streamKey"]

    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert new["arn"] != key["arn"]
    assert new["value"] != key["value"]
    assert (new["channelArn"], new["tags"]) == (arn, {"a": "b"})
    assert ivs.get_stream_key(arn=new["arn"])["streamKey"] == new


def test_keys_are_listed_without_their_values(ivs: Any, arn: str, key: Any) -> None:
    listed = ivs.list_stream_keys(channelArn=arn)

    assert listed["streamKeys"] == [{"arn": key["arn"], "channelArn": arn, "tags": {}}]
    assert "nextToken" not in listed


def test_a_list_of_keys_has_one_on_a_page_unless_asked_for_more(
    ivs: Any, arn: str, backend: Any
) -> None:
    add_stream_key(backend, arn, {})

    first = ivs.list_stream_keys(channelArn=arn)
    rest = ivs.list_stream_keys(channelArn=arn, nextToken=first["nextToken"])

    assert (len(first["streamKeys"]), len(rest["streamKeys"])) == (1, 1)
    assert len(ivs.list_stream_keys(channelArn=arn, maxResults=50)["streamKeys"]) == 2


def test_keys_of_an_unknown_channel_are_not_found(ivs: Any, arn: str, refused: Any) -> None:
    for operation in (ivs.list_stream_keys, ivs.create_stream_key):
        error = refused(operation, channelArn=arn + "x")
        assert (error["code"], error["status"]) == ("ResourceNotFoundException", 404)


def test_a_batch_answers_values_and_errors(ivs: Any, key: Any) -> None:
    answer = ivs.batch_get_stream_key(arns=[key["arn"], key["arn"] + "x"])

    assert answer["streamKeys"] == [key]
    assert [e["arn"] for e in answer["errors"]] == [key["arn"] + "x"]


def test_a_key_that_is_gone_cannot_be_deleted_again(ivs: Any, key: Any, refused: Any) -> None:
    ivs.delete_stream_key(arn=key["arn"])

    assert refused(ivs.delete_stream_key, arn=key["arn"])["code"] == "ResourceNotFoundException"


def test_a_deleted_key_lets_nobody_in_and_throws_nobody_out(
    ivs: Any, arn: str, key: Any, live: Any
) -> None:
    ivs.delete_stream_key(arn=key["arn"])

    assert ivs.get_stream(channelArn=arn)["stream"]["streamId"] == live.stream_id


def test_the_backend_tells_a_checker_what_became_of_keys(
    ivs: Any, arn: str, key: Any, backend: Any
) -> None:
    assert backend.holds_key(arn, key["value"])
    ivs.delete_stream_key(arn=key["arn"])
    new = ivs.create_stream_key(channelArn=arn)["streamKey"]

    assert [k.arn for k in backend.keys_of(arn)] == [new["arn"]]
    assert backend.keys_made[arn].count == 2
    assert list(backend.keys_made[arn].arns) == [key["arn"], new["arn"]]
    assert backend.holds_key(arn, new["value"])
    assert not backend.holds_key(arn, key["value"])


def test_a_value_shows_in_no_repr(ivs: Any, key: Any, backend: Any, live: Any) -> None:
    passphrase = next(iter(backend.channels.values())).srt.passphrase
    shown = repr([backend.stream_keys, backend.sessions, backend.channels, live])

    assert key["value"] not in shown
    assert passphrase not in shown
