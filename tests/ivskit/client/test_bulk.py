"""Any number of items in one call of ours: cut, each once, in order, nothing lost."""

from typing import TYPE_CHECKING

import pytest

from ivskit.client import Ivs
from ivskit.client.viewer_sessions import Viewer
from ivskit.errors import AccessDenied, Invalid, NotFound, NotSent, Throttled, Unavailable
from ivskit_local import emulator
from tests.ivskit.client.conftest import ONE_TRY
from tests.ivskit.client.wire import Said, Sent, Wire

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/"


def channel_arns(count: int) -> list[str]:
    return [f"{CHANNEL}{n:012}" for n in range(count)]


def all_there(_: str, sent: Sent) -> Said:
    """Answers every channel that it is asked for, the last first."""
    return Said({"channels": [{"arn": arn} for arn in reversed(sent["arns"])], "errors": []})


def test_a_thousand_channels_are_had_in_one_call(backend: emulator.IVSBackend, ivs: Ivs) -> None:
    arns = [ivs.channels.create(name=f"c{n}").channel.arn for n in range(1_000)]

    bulk = ivs.channels.get_many(arns)

    assert [channel.arn for channel in bulk.results] == arns
    assert [channel.name for channel in bulk.results] == [f"c{n}" for n in range(1_000)]
    assert bulk.failures == ()


def test_channels_are_asked_for_fifty_at_a_time_each_once_and_answered_in_order() -> None:
    wire = Wire(all_there)
    arns = channel_arns(120)

    bulk = Ivs(wire.client).channels.get_many([*arns, *arns])

    assert [len(sent["arns"]) for _, sent in wire.sent] == [50, 50, 20]
    assert [channel.arn for channel in bulk.results] == arns


def test_no_channels_are_had_without_a_call() -> None:
    wire = Wire(all_there)

    bulk = Ivs(wire.client).channels.get_many([])

    assert (bulk.results, bulk.failures, wire.sent) == ((), (), [])


def test_what_is_missing_or_malformed_spoils_nothing_else(ivs: Ivs, channel: str) -> None:
    unknown, malformed, elsewhere = f"{channel}x", "channel/x", channel.replace("west-2", "east-1")

    bulk = ivs.channels.get_many([malformed, unknown, channel, elsewhere])

    assert [found.arn for found in bulk.results] == [channel]
    assert [failure.item for failure in bulk.failures] == [malformed, unknown, elsewhere]
    assert [type(failure.error) for failure in bulk.failures] == [NotSent, NotFound, NotSent]
    assert bulk.failures[1].error.operation == "BatchGetChannel"
    assert unknown in bulk.failures[1].error.message


def test_a_call_that_fails_loses_its_own_items_and_no_others() -> None:
    arns = channel_arns(120)

    def second_fails(operation: str, sent: Sent) -> Said:
        if arns[50] in sent["arns"]:
            return Said({"message": "Rate exceeded"}, 429, "ThrottlingException")
        return all_there(operation, sent)

    bulk = Ivs(Wire(second_fails, ONE_TRY).client).channels.get_many(arns)

    assert [channel.arn for channel in bulk.results] == arns[:50] + arns[100:]
    assert [failure.item for failure in bulk.failures] == arns[50:100]
    assert {type(failure.error) for failure in bulk.failures} == {Throttled}


def test_an_item_that_is_not_answered_at_all_is_a_failure() -> None:
    arns = channel_arns(2)
    wire = Wire(lambda *_: Said({"channels": [{"arn": arns[0]}], "errors": []}))

    bulk = Ivs(wire.client).channels.get_many(arns)

    assert [channel.arn for channel in bulk.results] == arns[:1]
    assert [(failure.item, type(failure.error)) for failure in bulk.failures] == [
        (arns[1], Unavailable)
    ]


def test_an_answer_without_its_lists_is_no_answer() -> None:
    ivs = Ivs(Wire(lambda *_: Said({})).client)
    key = CHANNEL.replace("channel/", "stream-key/abc")

    for bulk in (ivs.channels.get_many(channel_arns(1)), ivs.stream_keys.get_many([key])):
        assert [type(failure.error) for failure in bulk.failures] == [Unavailable]
    assert list(ivs.channels.list()) == []


def test_stream_keys_are_had_with_their_values(ivs: Ivs, plain: "IVSClient") -> None:
    made = [ivs.channels.create().stream_key for _ in range(60)]

    bulk = ivs.stream_keys.get_many([*(key.arn for key in made), f"{made[0].arn}x"])

    assert list(bulk.results) == made
    assert [type(failure.error) for failure in bulk.failures] == [NotFound]


def test_of_105_viewers_the_three_that_ivs_refused_are_named() -> None:
    viewers = [Viewer(CHANNEL + "abc", f"viewer-{n}", up_to_version=n) for n in range(105)]
    refused = {"viewer-7": "AccessDeniedException", "viewer-21": "ValidationException"}
    refused["viewer-104"] = "Unheard"

    def answer(_: str, sent: Sent) -> Said:
        asked = sent["viewerSessions"]
        errors = [
            {"channelArn": v["channelArn"], "viewerId": v["viewerId"], "code": code, "message": "m"}
            for v in asked
            if (code := refused.get(v["viewerId"]))
        ]
        return Said({"errors": errors} if errors else {})

    wire = Wire(answer)
    bulk = Ivs(wire.client).viewer_sessions.revoke_many(viewers)

    assert [len(sent["viewerSessions"]) for _, sent in wire.sent] == [20, 20, 20, 20, 20, 5]
    assert wire.sent[0][1]["viewerSessions"][3] == {
        "channelArn": CHANNEL + "abc",
        "viewerId": "viewer-3",
        "viewerSessionVersionsLessThanOrEqualTo": 3,
    }
    assert list(bulk.results) == [v for v in viewers if v.viewer_id not in refused]
    assert [failure.item for failure in bulk.failures] == [viewers[7], viewers[21], viewers[104]]
    kinds = [type(failure.error) for failure in bulk.failures]
    assert kinds[:2] == [AccessDenied, Invalid]
    assert bulk.failures[2].error.code == "Unheard"


def test_viewers_of_several_channels_are_revoked_on_the_emulator(
    ivs: Ivs, backend: emulator.IVSBackend
) -> None:
    channels = [ivs.channels.create().channel.arn for _ in range(3)]
    viewers = [Viewer(arn, f"viewer-{n}") for n in range(35) for arn in channels]
    unknown = Viewer(f"{channels[0]}x", "viewer-0")

    bulk = ivs.viewer_sessions.revoke_many([*viewers, unknown])

    assert list(bulk.results) == viewers
    assert [(failure.item, type(failure.error)) for failure in bulk.failures] == [
        (unknown, NotFound)
    ]
    assert all(backend.revocations.covers(v.channel_arn, v.viewer_id, 0) for v in viewers)


def test_of_one_viewers_versions_the_highest_is_revoked_up_to() -> None:
    wire = Wire(lambda *_: Said({}))
    viewers = [Viewer(CHANNEL + "abc", "viewer", up_to_version=n) for n in (3, 9, 5)]

    bulk = Ivs(wire.client).viewer_sessions.revoke_many(viewers)

    [(_, sent)] = wire.sent
    [session] = sent["viewerSessions"]
    assert session["viewerSessionVersionsLessThanOrEqualTo"] == 9
    assert bulk.results == (viewers[1],)


@pytest.mark.parametrize(
    "malformed",
    [
        Viewer(CHANNEL + "abc", "v" * 41),
        Viewer(CHANNEL + "abc", ""),
        Viewer(CHANNEL + "abc", "v", up_to_version=2**31),
        Viewer(CHANNEL + "abc", "v", up_to_version=-1),
        Viewer("arn:aws:ivs:us-west-2:123456789012:stream-key/abc", "v"),
    ],
)
def test_a_malformed_viewer_is_not_sent_and_the_others_are(malformed: Viewer) -> None:
    wire = Wire(lambda *_: Said({}))
    sound = Viewer(CHANNEL + "abc", "sound")

    bulk = Ivs(wire.client).viewer_sessions.revoke_many([malformed, sound])

    assert bulk.results == (sound,)
    assert [(failure.item, type(failure.error)) for failure in bulk.failures] == [
        (malformed, NotSent)
    ]
    assert [len(sent["viewerSessions"]) for _, sent in wire.sent] == [1]
