"""A model of IVS as a later botocore might have it, and calls that use what is new in it.

AWS_DATA_PATH=FOLDER uv run python tests/ivs_emulator/newer_model.py  # prints the answers
"""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import create_loader
from moto import mock_aws

import ivs_emulator

NEW_MEMBERS: dict[str, dict[str, Any]] = {
    "CreateChannelRequest": {
        "dvrWindowSeconds": {"shape": "Integer"},
        "clientToken": {
            "shape": "String",
            "location": "header",
            "locationName": "x-amzn-client-token",
        },
    },
    "ListChannelsRequest": {"filterByType": {"shape": "ChannelType"}},
    "StopStreamRequest": {"reason": {"shape": "NewShape"}},
    "ListTagsForResourceRequest": {
        "prefix": {"shape": "String", "location": "querystring", "locationName": "tagPrefix"}
    },
    "BatchStartViewerSessionRevocationViewerSession": {"reason": {"shape": "String"}},
    "MultitrackInputConfiguration": {"codec": {"shape": "String"}},
}
ARN = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
VIEWER = {"channelArn": ARN, "viewerId": "v"}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "a member": ("create_channel", {"dvrWindowSeconds": 30}),
    "a filter": ("list_channels", {"filterByType": "BASIC"}),
    "a kind of shape": ("stop_stream", {"channelArn": ARN, "reason": 0.5}),
    "a header": ("create_channel", {"clientToken": "x"}),
    "a query": ("list_tags_for_resource", {"resourceArn": ARN, "prefix": "p"}),
    "within a list": (
        "batch_start_viewer_session_revocation",
        {"viewerSessions": [VIEWER, {**VIEWER, "reason": "r"}]},
    ),
    "within a structure": (
        "update_channel",
        {"arn": ARN, "multitrackInputConfiguration": {"enabled": True, "codec": "av1"}},
    ),
    "a value of an enum": ("create_channel", {"type": "ADVANCED_4K"}),
    "nothing new": ("create_channel", {"type": "BASIC"}),
}


def write(folder: Path) -> None:
    """Put the model where a loader finds it whose path has the folder."""
    model = create_loader().load_service_model("ivs", "service-2")
    model["shapes"]["NewShape"] = {"type": "double"}
    model["shapes"]["ChannelType"]["enum"].append("ADVANCED_4K")
    for name, members in NEW_MEMBERS.items():
        model["shapes"][name]["members"].update(members)
    file = folder / "ivs" / model["metadata"]["apiVersion"] / "service-2.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(model))


def answers() -> dict[str, tuple[int, str, str]]:
    """The status, code and message of each call; a bug raises."""
    ivs_emulator.install()
    with mock_aws():
        client = boto3.client("ivs", "us-west-2", config=Config(retries={"total_max_attempts": 1}))
        return {
            what: _answer(getattr(client, name), given) for what, (name, given) in CALLS.items()
        }


def _answer(call: Any, given: dict[str, Any]) -> tuple[int, str, str]:
    try:
        call(**given)
    except ClientError as error:
        refused = error.response
        status = refused["ResponseMetadata"]["HTTPStatusCode"]
        return status, refused["Error"]["Code"], refused["Error"]["Message"]
    return 200, "", ""


if __name__ == "__main__":
    json.dump(answers(), sys.stdout)
