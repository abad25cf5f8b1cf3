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
from moto.core.utils import get_service_model
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from ivskit_local import emulator
from ivskit_local.emulator import errors
from ivskit_local.emulator.operations import OPERATIONS, perform

from .conftest import ACCOUNT, REGION

SIGNED = "AWS4-HMAC-SHA256 Credential=testing/20261120/us-west-2/ivs/aws4_request, x"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    emulator.install()
    threaded = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    threaded.start()
    yield f"http://127.0.0.1:{threaded.get_host_and_port()[1]}"
    threaded.stop()


def post(server: str, path: str, body: str) -> requests.Response:
    return requests.post(server + path, body, headers={"Authorization": SIGNED}, timeout=5)


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


def test_all_that_is_wrong_with_an_input_is_told_at_once(ivs: Any, refused: Any) -> None:
    error = refused(ivs.create_channel, name="a b", type="X")

    assert (error["code"], error["status"]) == ("ValidationException", 400)
    assert error["message"] == (
        'name = "a b": must match [a-zA-Z0-9-_]*;'
        ' type = "X": must be one of BASIC, STANDARD, ADVANCED_SD, ADVANCED_HD'
    )


def test_an_empty_body_is_an_empty_object(backend: emulator.IVSBackend, server: str) -> None:
    assert post(server, "/ListChannels", "").json() == {"channels": []}


def test_an_operation_of_a_newer_model_is_not_implemented_and_no_404(server: str) -> None:
    answer = post(server, "/CreateTimeMachine", "{}")

    assert answer.status_code == 501
    assert answer.headers["x-amzn-ErrorType"] == "NotImplemented"
    assert "/CreateTimeMachine" in answer.json()["message"]


def test_an_operation_that_the_model_has_and_the_emulator_has_not_is_named(
    backend: emulator.IVSBackend,
) -> None:
    with pytest.raises(errors.NotImplementedByEmulator, match="CreateTimeMachine"):
        perform(backend, "CreateTimeMachine", {})


def test_every_operation_is_one_of_the_model() -> None:
    assert set(OPERATIONS) <= set(get_service_model("ivs").operation_names)


def test_every_error_has_the_status_that_the_model_declares() -> None:
    declared = {
        shape.name: shape.metadata["error"]["httpStatusCode"]
        for shape in get_service_model("ivs").error_shapes
    }
    ours = {e.code: e.status for e in errors.ApiError.__subclasses__()}
    del ours["NotImplemented"]

    assert ours.items() <= declared.items()


def test_installing_twice_is_installing_once() -> None:
    emulator.install()
    installed: Any = get_backend("ivs")

    emulator.install()

    again: Any = get_backend("ivs")
    assert again is installed
    assert installed[ACCOUNT][REGION] is emulator.backend(ACCOUNT, REGION)


def test_each_account_and_region_is_a_world_of_its_own(ivs: Any, arn: str) -> None:
    elsewhere = boto3.client("ivs", "eu-west-1")

    assert elsewhere.list_channels()["channels"] == []
    assert emulator.backend("210987654321", "us-west-2").channels == {}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        elsewhere.get_channel(arn=arn)


def test_a_new_mock_begins_empty_and_makes_the_same_names_again() -> None:
    emulator.install()
    made = []
    for _ in range(2):
        with mock_aws():
            made.append(boto3.client("ivs", "us-west-2").create_channel()["channel"]["arn"])

    assert made[0] == made[1]


def test_a_seed_decides_the_names(ivs: Any, backend: emulator.IVSBackend) -> None:
    made = []
    for seed in (1, 2, 1):
        backend.identifiers.seed(seed)
        made.append(ivs.create_channel()["streamKey"]["value"])

    assert made[0] == made[2] != made[1]
