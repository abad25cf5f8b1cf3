"""The wire: success codes, error bodies and headers, unknown operations, broken bodies."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.backends import get_backend
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

import ivs_emulator
from ivs_emulator import errors
from ivs_emulator.api import ApiRequest, answer
from ivs_emulator.operations import OPERATIONS, perform
from ivs_emulator.service_model import service_model

from .conftest import ACCOUNT, REGION

SIGNED = "AWS4-HMAC-SHA256 Credential=testing/20261120/us-west-2/ivs/aws4_request, x"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    ivs_emulator.install()
    threaded = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    threaded.start()
    yield f"http://127.0.0.1:{threaded.get_host_and_port()[1]}"
    threaded.stop()


def post(server: str, path: str, body: str) -> requests.Response:
    return requests.post(server + path, body, headers={"Authorization": SIGNED}, timeout=30)


def test_a_server_and_a_mock_share_one_state(server: str, ivs: Any, arn: str) -> None:
    remote = boto3.client("ivs", "us-west-2", endpoint_url=server)

    remote.tag_resource(resourceArn=arn, tags={"a b": "c/d"})
    remote.untag_resource(resourceArn=arn, tagKeys=["x", "y"])

    assert remote.get_channel(arn=arn)["channel"] == ivs.get_channel(arn=arn)["channel"]
    assert ivs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a b": "c/d"}
    with pytest.raises(remote.exceptions.ChannelNotBroadcasting):
        remote.get_stream(channelArn=arn)


def test_an_error_carries_its_text_twice_and_its_code_in_a_header(server: str, arn: str) -> None:
    answer = post(server, "/GetChannel", json.dumps({"arn": arn + "x"}))

    text = f"Resource: {arn}x not found"
    assert answer.status_code == 404
    assert answer.headers["x-amzn-ErrorType"] == "ResourceNotFoundException"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"message": text, "exceptionMessage": text}


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "null"])
def test_a_body_that_is_no_json_object_is_refused(server: str, body: str) -> None:
    answer = post(server, "/CreateChannel", body)

    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"] == "ValidationException"


def test_all_that_is_wrong_with_an_input_is_reported_at_once(ivs: Any, refused: Any) -> None:
    error = refused(ivs.create_channel, name="a b", type="X")

    assert (error["code"], error["status"]) == ("ValidationException", 400)
    assert error["message"] == (
        'name = "a b": must match [a-zA-Z0-9-_]*;'
        ' type = "X": must be one of BASIC, STANDARD, ADVANCED_SD, ADVANCED_HD'
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"arn": "\xff"}',
        '{"arn": "x"}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"[" * 50_000,
        b'{"arn": ' * 50_000,
        b'{"maxResults": NaN}',
        b'{"maxResults": -Infinity}',
        b"{" + b'"arn":"x",' * 3 + b"}",
        b"9" * 5_000,
    ],
)
def test_a_body_that_no_client_of_json_would_send_is_refused(server: str, body: bytes) -> None:
    answer = requests.post(
        f"{server}/GetChannel", body, headers={"Authorization": SIGNED}, timeout=30
    )

    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"] == "ValidationException"


def test_at_most_ten_complaints_are_made_of_an_input(ivs: Any, refused: Any) -> None:
    error = refused(ivs.batch_get_channel, arns=["x"] * 50)

    assert error["message"].count("must match") == 10


def test_an_empty_list_of_tag_keys_is_none_at_all(ivs: Any, arn: str, refused: Any) -> None:
    # An SDK leaves it out of the query, and the member is required.
    error = refused(ivs.untag_resource, resourceArn=arn, tagKeys=[])

    assert (error["status"], error["message"]) == (400, "tagKeys: is required")


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/StopStream", {"channelArn": "x", "reason": "r"}, "reason"),
        ("/CreateChannel", {"multitrackInputConfiguration": {"sk_a_b": 1}, "x" * 500: 1}, None),
    ],
)
def test_a_member_of_no_model_is_not_implemented_and_named(
    backend: ivs_emulator.IVSBackend, path: str, body: Any, named: str | None
) -> None:
    beyond = named or f"multitrackInputConfiguration.sk_***, {'x' * 100}"

    refused = answer(ApiRequest("POST", path, {}, {}, json.dumps(body).encode()), "localhost")

    assert refused.status == 501
    assert json.loads(refused.body)["message"] == (
        f"{beyond}: not known to this emulator as input of {path[1:]}"
    )


@pytest.mark.parametrize("authorization", ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b"])
def test_a_signature_without_a_scope_is_incomplete(
    backend: ivs_emulator.IVSBackend, authorization: str
) -> None:
    asked = ApiRequest("POST", "/ListChannels", {}, {"authorization": authorization}, b"{}")

    refused = answer(asked, "localhost")

    assert (refused.status, refused.headers["x-amzn-ErrorType"]) == (400, "IncompleteSignature")


def test_an_account_has_twelve_digits(backend: ivs_emulator.IVSBackend) -> None:
    asked = ApiRequest("POST", "/ListChannels", {}, {"x-moto-account-id": "me"}, b"{}")

    assert json.loads(answer(asked, "localhost").body)["message"] == (
        'the account "me": must be 12 digits'
    )


@pytest.mark.parametrize(
    ("headers", "host", "region"),
    [
        ({}, "localhost:4567", "us-east-1"),
        ({"authorization": "Bearer x"}, "localhost", "us-east-1"),
        ({"authorization": SIGNED}, "localhost", "us-west-2"),
        ({"authorization": SIGNED}, "ivs.eu-west-1.amazonaws.com", "eu-west-1"),
    ],
)
def test_the_host_or_the_signature_says_which_region_is_meant(
    backend: ivs_emulator.IVSBackend, headers: dict[str, str], host: str, region: str
) -> None:
    made = answer(ApiRequest("POST", "/CreateChannel", {}, headers, b""), host)

    assert f":ivs:{region}:{ACCOUNT}:" in json.loads(made.body)["channel"]["arn"]


def test_an_empty_body_is_an_empty_object(backend: ivs_emulator.IVSBackend, server: str) -> None:
    assert post(server, "/ListChannels", "").json() == {"channels": []}


def test_an_operation_of_a_newer_model_is_not_implemented_and_no_404(server: str) -> None:
    answer = post(server, "/CreateTimeMachine", "{}")

    assert answer.status_code == 501
    assert answer.headers["x-amzn-ErrorType"] == "NotImplemented"
    assert "/CreateTimeMachine" in answer.json()["message"]


def test_an_operation_that_the_model_has_and_the_emulator_has_not_is_named(
    backend: ivs_emulator.IVSBackend,
) -> None:
    with pytest.raises(errors.NotImplementedByEmulator, match="CreateTimeMachine"):
        perform(backend, "CreateTimeMachine", {})


def test_every_operation_is_one_of_the_model() -> None:
    assert set(OPERATIONS) <= set(service_model().operation_names)


def test_every_error_has_the_status_that_the_model_declares() -> None:
    declared = {
        shape.name: shape.metadata["error"]["httpStatusCode"]
        for shape in service_model().error_shapes
    }
    ours = {e.code: e.status for e in errors.ApiError.__subclasses__()}
    # No service's own, so no model declares them.
    del ours["NotImplemented"], ours["IncompleteSignature"]

    assert ours.items() <= declared.items()


def test_installing_twice_is_installing_once() -> None:
    ivs_emulator.install()
    installed: Any = get_backend("ivs")

    ivs_emulator.install()

    again: Any = get_backend("ivs")
    assert again is installed
    assert installed[ACCOUNT][REGION] is ivs_emulator.backend(ACCOUNT, REGION)


def test_each_account_and_region_is_a_world_of_its_own(ivs: Any, arn: str) -> None:
    elsewhere = boto3.client("ivs", "eu-west-1")

    assert elsewhere.list_channels()["channels"] == []
    assert ivs_emulator.backend("210987654321", "us-west-2").channels == {}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        elsewhere.get_channel(arn=arn)


def test_a_new_mock_begins_empty_and_makes_the_same_names_again() -> None:
    ivs_emulator.install()
    made = []
    for _ in range(2):
        with mock_aws():
            made.append(boto3.client("ivs", "us-west-2").create_channel()["channel"]["arn"])

    assert made[0] == made[1]


def test_a_seed_decides_the_names(ivs: Any, backend: ivs_emulator.IVSBackend) -> None:
    made = []
    for seed in (1, 2, 1):
        backend.identifiers.seed(seed)
        made.append(ivs.create_channel()["streamKey"]["value"])

    assert made[0] == made[2] != made[1]
