"""Revocation: one viewer or twenty, up to a version, with an error for each that cannot be."""

from typing import Any

from ivs_emulator import viewer_sessions
from ivs_emulator.viewer_sessions import Revocations


def test_revoking_covers_versions_up_to_the_one_given(ivs: Any, arn: str, backend: Any) -> None:
    ivs.start_viewer_session_revocation(
        channelArn=arn, viewerId="v", viewerSessionVersionsLessThanOrEqualTo=5
    )
    ivs.start_viewer_session_revocation(channelArn=arn, viewerId="v")
    ivs.start_viewer_session_revocation(channelArn=arn, viewerId="zero")

    assert backend.revocations.covers(arn, "v", 5)
    assert not backend.revocations.covers(arn, "v", 6)
    assert backend.revocations.covers(arn, "zero", 0)
    assert not backend.revocations.covers(arn, "zero", 1)
    assert not backend.revocations.covers(arn, "other", 0)


def test_an_unknown_channel_is_not_found(ivs: Any, arn: str, refused: Any) -> None:
    error = refused(ivs.start_viewer_session_revocation, channelArn=arn + "x", viewerId="v")

    assert (error["code"], error["status"]) == ("ResourceNotFoundException", 404)


def test_a_batch_revokes_what_it_can_and_names_the_rest(ivs: Any, arn: str, backend: Any) -> None:
    answer = ivs.batch_start_viewer_session_revocation(
        viewerSessions=[
            {"channelArn": arn, "viewerId": "a"},
            {"channelArn": arn + "x", "viewerId": "b"},
        ]
    )

    (error,) = answer["errors"]
    assert (error["channelArn"], error["viewerId"]) == (arn + "x", "b")
    assert error["code"] == "ResourceNotFoundException"
    assert len(backend.revocations) == 1


def test_a_batch_of_more_than_twenty_is_refused(ivs: Any, arn: str, refused: Any) -> None:
    pairs = [{"channelArn": arn, "viewerId": str(n)} for n in range(21)]

    error = refused(ivs.batch_start_viewer_session_revocation, viewerSessions=pairs)

    assert error["message"] == "viewerSessions: must have at most 20 items, has 21"


def test_a_deleted_channels_revocations_are_gone_with_it(ivs: Any, arn: str, backend: Any) -> None:
    ivs.start_viewer_session_revocation(channelArn=arn, viewerId="v")
    ivs.delete_channel(arn=arn)

    assert len(backend.revocations) == 0


def test_the_oldest_revocations_are_forgotten_first(monkeypatch: Any) -> None:
    monkeypatch.setattr(viewer_sessions, "REVOCATIONS_KEPT", 2)
    revocations = Revocations()
    for viewer in ("a", "b", "a", "c"):
        revocations.add("arn", viewer, 0)

    assert [revocations.covers("arn", viewer, 0) for viewer in "abc"] == [True, False, True]
