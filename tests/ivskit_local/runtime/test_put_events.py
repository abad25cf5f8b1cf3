"""PutEvents as EventBridge answers it, and the policies of buses."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.ivskit_local.runtime.apps import (
    ACCOUNT,
    REGION,
    allow,
    att,
    bus,
    document,
    entry,
    event,
    function,
    put,
    resource,
    world,
    write,
)


@pytest.mark.parametrize(
    ("wrong", "code", "message"),
    [
        ({"Source": "aws.ivs"}, "NotAuthorizedForSourceException", "Not authorized"),
        ({"Source": ""}, "InvalidArgument", "Parameter Source is not valid"),
        ({"DetailType": ""}, "InvalidArgument", "Parameter DetailType is not valid"),
        ({"Detail": ""}, "InvalidArgument", "Parameter Detail is not valid"),
        ({"Detail": "{"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "[]"}, "MalformedDetail", "Detail is malformed."),
        ({"EventBusName": "unknown"}, "InvalidArgument", "Event bus unknown does not exist"),
    ],
)
def test_a_wrong_entry_is_refused_beside_good_ones(
    tmp_path: Path, wrong: Mapping[str, str], code: str, message: str
) -> None:
    with world(tmp_path, bus()) as there:
        answer = put(there, entry(**wrong), entry())

        assert answer["FailedEntryCount"] == 1
        refused, taken = answer["Entries"]
        assert (refused["ErrorCode"], "EventId" in refused) == (code, False)
        assert message in refused["ErrorMessage"]
        assert set(taken) == {"EventId"}
        assert len(there.deliveries) == 1


def test_too_many_entries_are_refused_together(tmp_path: Path) -> None:
    with world(tmp_path, bus()) as there:
        put(there, *[entry()] * 10)
        with pytest.raises(ClientError, match=r"ValidationException.*less than or equal to 10"):
            put(there, *[entry()] * 11)


def test_entries_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    half = json.dumps({"text": "ä" * (32 * 1024)}, ensure_ascii=False)
    with world(tmp_path, bus()) as there:
        put(there, *[entry(Detail=half)] * 3)
        with pytest.raises(ClientError, match="Total size of the entries"):
            put(there, *[entry(Detail=half, Resources=["x"], Time=0)] * 4)


def test_parameters_are_checked_as_botocore_does(tmp_path: Path) -> None:
    with world(tmp_path, bus()) as there, pytest.raises(ParamValidationError):
        put(there, entry(Detail={}))


def test_an_entrys_time_is_the_events(tmp_path: Path) -> None:
    with world(tmp_path, bus()) as there:
        put(there, entry(Time="2026-11-20T12:00:00+01:00", Resources=["r"]), entry())

        times = [one.event["time"] for one in there.deliveries]
        assert times == ["2026-11-20T11:00:00Z", "2026-11-20T17:00:00Z"]
        assert there.deliveries[0].event["resources"] == ["r"]


SPEAKS = """
events = boto3.client("events")
def handler(batch, context):
    entry = {"DetailType": "Test", "Detail": "{}", "EventBusName": os.environ["BUS"]}
    try:
        answer = events.put_events(Entries=[{**entry, "Source": os.environ["SOURCE"]}])
        print(answer["FailedEntryCount"])
    except Exception as error:
        print(error)
"""


RESERVED = {
    "Sid": "Reserved",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "events:PutEvents",
    "Resource": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/ours",
    "Condition": {
        "ForAnyValue:StringEquals": {"events:source": ["reserved"]},
        "ArnNotEquals": {"aws:PrincipalArn": [att("allowedRole")]},
    },
}


@pytest.mark.parametrize(
    ("name", "source", "answer"),
    [
        ("allowed", "reserved", "0"),
        ("other", "free", "0"),
        ("other", "reserved", "with an explicit deny"),
        ("allowed", "aws.ivs", "1"),
    ],
)
def test_the_policy_of_a_bus_decides_who_may_use_a_source(
    tmp_path: Path, name: str, source: str, answer: str
) -> None:
    apps = []
    for one in ("allowed", "other"):
        write(tmp_path, one, SPEAKS)
        variables = {"BUS": "ours", "SOURCE": source}
        apps.append(function(one, variables=variables, may=[allow("events:PutEvents")]))
    other = {"allowed": "other", "other": "allowed"}[name]
    apps[0 if other == "allowed" else 1][f"{other}Rule"]["Properties"]["State"] = "DISABLED"
    with world(tmp_path, *apps, bus(Policy=document(RESERVED))) as there:
        there.deliver(event())
        there.settle()

        [line] = there.logs
        assert answer in line.line


def test_a_bus_policy_of_its_own_counts_too(tmp_path: Path) -> None:
    write(tmp_path, "speaks", SPEAKS)
    variables = {"BUS": "ours", "SOURCE": "free"}
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "events:PutEvents",
        "Resource": att("Bus"),
    }
    policy = resource(
        "Events::EventBusPolicy",
        EventBusName={"Ref": "Bus"},
        StatementId="Everybody",
        Statement=statement,
    )
    speaks = function("speaks", variables=variables, may=[allow("sqs:SendMessage")])
    with world(tmp_path, speaks, bus(), {"Policy": policy}) as there:
        there.deliver(event())
        there.settle()

        assert [line.line for line in there.logs] == ["0"]
