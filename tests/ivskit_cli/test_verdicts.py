"""What outcomes mean to the person who sent a command."""

from typing import Any

import pytest

from ivskit_cli.verdicts import State, Story

SHOW = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
QUIZ = "arn:aws:ivs:us-west-2:123456789012:channel/QuizQuizQuiz"
SEEN_AGAIN = "c-1, seen again after 2026-11-20T17:00:00+00:00"


def event(name: str, **detail: Any) -> dict[str, Any]:
    """An outcome in the audit log."""
    said = {"cause": "c-1", "channel_arn": SHOW, "reason": "why", **detail}
    return {"id": f"{name} {said}", "source": "ivskit.outcome", "detail-type": name, "detail": said}


def story(detail_type: str = "Stop Stream", **channels: str) -> Story:
    """A command about the channel show, unless other channels are given."""
    named = {SHOW: "show"} if not channels else {QUIZ: "quiz", SHOW: "show"}
    return Story(detail_type, "c-1", named)


def sentences(about: Story, *events: dict[str, Any]) -> list[str]:
    return [each.sentence for each in about.read(events)]


STOPPED = event("Stream Stopped", stream_id="st-1", then="rotate")


@pytest.mark.parametrize(
    ("command", "events", "state", "last"),
    [
        ("Stop Stream", [STOPPED], "done", "its encoder needs the new key."),
        (
            "Stop Stream",
            [STOPPED, event("Stream Back", cause=SEEN_AGAIN, reason="st-2 is live")],
            "not done",
            "show: its encoder is back, st-2 is live.",
        ),
        (
            "Stop Stream",
            [
                event("Stream Stopped", stream_id="st-1", then="kick"),
                event("Stream Back", cause=SEEN_AGAIN, reason="st-2 is live"),
            ],
            "verified",
            "show: its encoder is back, as a kick permits, st-2 is live.",
        ),
        (
            "Stop Stream",
            [STOPPED, event("Stream Stopped", cause=SEEN_AGAIN, then="kick", stream_id="st-2")],
            "done",
            "show: cut again, why.",
        ),
        (
            "Stop Stream",
            [STOPPED, event("Will Look Again", cause=SEEN_AGAIN, due="17:16")],
            "done",
            "show: will look again, why.",
        ),
        (
            "Stop Stream",
            [event("Will Look Again", due="17:16")],
            "open",
            "postponed to 17:16, why.",
        ),
        (
            "Rotate Stream Key",
            [event("Stream Key Not Delivered", reason="the store refuses")],
            "not done",
            "show: not done, the store refuses.",
        ),
        (
            "Unblock Channel",
            [event("Channel Unblocked"), event("Stream Key Rotated", cause="c-1: key")],
            "verified",
            "show: it has a new key, and the store holds it.",
        ),
        (
            "Unblock Channel",
            [event("Stream Key Not Delivered", cause="c-1: key", reason="no")],
            "open",
            "show: the store does not hold its key yet, no; ivskit retries.",
        ),
        ("Stop Stream", [event("Streams Reconciled")], "open", None),
        ("Stop Stream", [event("Stream Stopped", cause="c-2")], "open", None),
        (
            "Rotate Playback Key",
            [event("Playback Key Rotated", channel_arn=None, emergency=False)],
            "verified",
            "The command: done, the store holds the new pair.",
        ),
        (
            "Rotate Playback Key",
            [event("Playback Key Rotated", channel_arn=None, emergency=False, delete_at="17:16")],
            "verified",
            "The command: done, the store holds the new pair; the former is deleted at 17:16.",
        ),
        (
            "Rotate Playback Key",
            [
                event("Playback Key Deleted", channel_arn=None),
                event("Playback Key Rotated", channel_arn=None, emergency=True),
            ],
            "verified",
            "The command: done, the store holds the new pair; every token of the former pairs is"
            " void.",
        ),
        (
            "Rotate Playback Key",
            [event("Playback Rotation Skipped", channel_arn=None, reason="no room")],
            "not done",
            "The command: not done, no room.",
        ),
        (
            "Cancel Revocation",
            [event("Revocation Cancelled", job="j-7", channel_arn=None)],
            "verified",
            "The command: done, j-7 revokes nobody else.",
        ),
        (
            "Stop Stream",
            [event("Command Refused", channel_arn=None)],
            "refused",
            "The command: refused, why.",
        ),
    ],
)
def test_an_outcome_is_a_sentence_and_a_state(
    command: str, events: list[dict[str, Any]], state: State, last: str | None
) -> None:
    about = story(command)
    said = sentences(about, *events)

    assert about.verdict == state
    assert (said[-1] if said else None) == last or (last and said[-1].endswith(last))


def test_viewers_that_could_not_be_revoked_are_not_done() -> None:
    about = Story("Revoke Viewers", "c-1", {})
    planned = event("Revocation Planned", channel_arn=None, pairs=3, eta_seconds=0.6)
    revoked = event(
        "Viewers Revoked", channel_arn=None, revoked=1, failed=2, skipped=0, report="s3://b/r"
    )

    assert sentences(about, revoked, planned) == [
        "The command: accepted, 3 viewer session(s), in about 1 s.",
        "The command: done, 1 viewer session(s) revoked, 2 failed; the report is s3://b/r.",
    ]
    assert about.verdict == "not done"


def test_the_verdict_is_the_worst_of_all_channels() -> None:
    about = story("Block Channel", all="")
    sentences(about, event("Channel Blocked", channel_arn=QUIZ))
    assert (about.verdict, about.is_over, about.is_done) == ("open", False, False)

    sentences(about, event("Channel Blocked"), event("Channel Blocked", channel_arn="arn:other/x"))
    assert (about.verdict, about.is_over, about.is_done) == ("done", False, True)

    sentences(
        about,
        event("Stop Skipped", cause=SEEN_AGAIN, reason="the channel is blocked, and down"),
        event("Command Refused", channel_arn=QUIZ),
    )
    assert (about.verdict, about.is_over, about.is_done) == ("refused", True, False)


def test_what_was_read_is_not_said_again() -> None:
    about = story()

    assert len(sentences(about, STOPPED)) == 1
    assert sentences(about, STOPPED) == []
