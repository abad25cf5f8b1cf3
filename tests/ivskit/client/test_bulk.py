"""Any number of items in one call of ours: cut, each once, in order, nothing lost."""

from typing import TYPE_CHECKING, Any, cast

import pytest

import ivs_emulator
from ivskit.client import Ivs
from ivskit.client.bulk import MORE_CALLS
from ivskit.client.viewer_sessions import Viewer
from ivskit.errors import (
    AccessDenied,
    Invalid,
    IvsError,
    NotFound,
    NotSent,
    Throttled,
    Unavailable,
)
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


def test_a_thousand_channels_are_had_in_one_call(
    backend: ivs_emulator.IVSBackend, ivs: Ivs
) -> None:
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
    ivs: Ivs, backend: ivs_emulator.IVSBackend
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


NO_VIEWERS: list[Any] = [
    Viewer(CHANNEL + "abc", cast("Any", 42)),
    Viewer(CHANNEL + "abc", cast("Any", None)),
    Viewer(CHANNEL + "abc", cast("Any", ["v"])),
    Viewer(CHANNEL + "abc", "v7", up_to_version=cast("Any", None)),
    Viewer(CHANNEL + "abc", "v7", up_to_version=2**31),
    Viewer(cast("Any", None), "v"),
    {"channelArn": CHANNEL + "abc", "viewerId": "v"},
    (CHANNEL + "abc", "v"),
    "v",
    None,
]


@pytest.mark.parametrize("position", [0, 7, 19, 45])
@pytest.mark.parametrize("malformed", NO_VIEWERS, ids=repr)
def test_what_is_no_viewer_at_all_spoils_none_of_the_others(malformed: Any, position: int) -> None:
    wire = Wire(lambda *_: Said({}))
    viewers = [Viewer(CHANNEL + "abc", f"v{n}", up_to_version=7) for n in range(45)]

    bulk = Ivs(wire.client).viewer_sessions.revoke_many(
        [*viewers[:position], malformed, *viewers[position:]]
    )

    assert list(bulk.results) == viewers
    assert [(failure.item, type(failure.error)) for failure in bulk.failures] == [
        (malformed, NotSent)
    ]
    assert [len(sent["viewerSessions"]) for _, sent in wire.sent] == [20, 20, 5]


@pytest.mark.parametrize("malformed", [42, None, True, ["x"], {}, b"x", "", "channel/x"])
def test_what_is_no_arn_at_all_spoils_none_of_the_others(malformed: Any) -> None:
    arns = channel_arns(60)

    bulk = Ivs(Wire(all_there).client).channels.get_many([*arns[:9], malformed, *arns[9:]])

    assert [channel.arn for channel in bulk.results] == arns
    assert [(failure.item, type(failure.error)) for failure in bulk.failures] == [
        (malformed, NotSent)
    ]


# What IVS refuses a whole call for, though one item is to blame.


class Particular:
    """Refuses every call that has one of these, with this error."""

    def __init__(self, culprits: set[str], code: str, status: int) -> None:
        self.wire = Wire(self._answer, ONE_TRY)
        self._culprits = culprits
        self._refused = Said({"message": "no"}, status, code)

    def _answer(self, operation: str, sent: Sent) -> Said:
        named = sent.get("arns") or [each["viewerId"] for each in sent["viewerSessions"]]
        if self._culprits & set(named):
            return self._refused
        return all_there(operation, sent) if "arns" in sent else Said({})


@pytest.mark.parametrize("culprit", [0, 7, 49, 50, 119])
@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("ValidationException", 400, Invalid), ("AccessDeniedException", 403, AccessDenied)],
)
def test_a_channel_for_which_a_call_is_refused_is_found_and_the_others_are_had(
    culprit: int, code: str, status: int, kind: type[IvsError]
) -> None:
    arns = channel_arns(120)
    ivs = Particular({arns[culprit]}, code, status)

    bulk = Ivs(ivs.wire.client).channels.get_many(arns)

    assert [channel.arn for channel in bulk.results] == arns[:culprit] + arns[culprit + 1 :]
    assert [(each.item, type(each.error)) for each in bulk.failures] == [(arns[culprit], kind)]
    assert len(ivs.wire.sent) <= 3 + MORE_CALLS


def test_a_permission_that_is_missing_altogether_costs_few_calls_more() -> None:
    arns = channel_arns(500)
    ivs = Particular(set(arns), "AccessDeniedException", 403)

    bulk = Ivs(ivs.wire.client).channels.get_many(arns)

    assert {type(failure.error) for failure in bulk.failures} == {AccessDenied}
    assert len(bulk.failures) == 500
    assert len(ivs.wire.sent) == 10 + MORE_CALLS


def test_a_viewer_for_whom_a_call_is_refused_is_found_and_the_others_are_revoked() -> None:
    viewers = [Viewer(CHANNEL + "abc", f"v{n}") for n in range(20)]
    ivs = Particular({"v13"}, "ValidationException", 400)

    said = Ivs(ivs.wire.client).viewer_sessions.revoke_batch(viewers)

    assert [viewer for viewer in viewers if said[viewer] == viewer] == viewers[:13] + viewers[14:]
    assert type(said[viewers[13]]) is Invalid


def test_viewers_of_one_channel_who_are_denied_are_not_asked_for_one_by_one() -> None:
    viewers = [Viewer(CHANNEL + "abc", f"v{n}") for n in range(20)]
    ivs = Particular({"v13"}, "AccessDeniedException", 403)

    said = Ivs(ivs.wire.client).viewer_sessions.revoke_batch(viewers)

    assert {type(error) for error in said.values()} == {AccessDenied}
    assert len(ivs.wire.sent) == 1


def test_of_too_many_culprits_the_rest_is_left_for_later() -> None:
    viewers = [Viewer(CHANNEL + "abc", f"v{n}") for n in range(20)]
    culprits = {f"v{n}" for n in range(1, 20, 2)}
    ivs = Particular(culprits, "ValidationException", 400)

    said = Ivs(ivs.wire.client).viewer_sessions.revoke_batch(viewers)

    assert len(ivs.wire.sent) == 1 + MORE_CALLS
    assert all(isinstance(said[v], IvsError) for v in viewers if v.viewer_id in culprits)
    later = [error for error in said.values() if isinstance(error, Unavailable)]
    assert {error.code for error in later} == {"ValidationException"}
    assert all(str(error.message) == "refused together with others: no" for error in later)


def test_more_viewers_than_one_call_takes_are_not_sent() -> None:
    wire = Wire(lambda *_: Said({}))
    viewers = [Viewer(CHANNEL + "abc", f"v{n}") for n in range(21)]

    with pytest.raises(NotSent, match="at most 20 items"):
        Ivs(wire.client).viewer_sessions.revoke_batch(viewers)

    assert wire.sent == []
