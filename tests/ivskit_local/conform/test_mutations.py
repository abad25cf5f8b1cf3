"""A mistake in one place of the emulator, in what each group asks about, makes a probe differ."""

from collections.abc import Callable
from typing import Any

import pytest

from ivs_emulator import (
    channels,
    operations,
    paging,
    recording_configurations,
    recordings,
    stream_sessions,
    takeovers,
    throttling,
    validation,
    viewer_sessions,
)
from ivskit import quotas
from ivskit_local.conform import endpoints
from ivskit_local.conform.catalog import GROUPS, chosen
from ivskit_local.conform.run import run

Mutate = Callable[[pytest.MonkeyPatch], None]


def _nothing(*_: Any, **__: Any) -> None:
    """What should be done is not."""


def _one_item_short(items: Any, key: Any, request: Any) -> Any:
    return paging.page(list(items)[1:], key, request)


def _checks_no_numbers() -> dict[str, Any]:
    return {**validation.CHECKS, "integer": lambda *_: iter(())}


# A mistake, and the probes that see it.
MUTATIONS: dict[str, tuple[Mutate, set[str]]] = {
    "operations": (
        lambda patch: patch.setattr(channels, "_preset", lambda _: ""),
        {"operations.CreateChannel.default.preset-of-advanced"},
    ),
    "errors": (
        lambda patch: patch.setattr(recording_configurations, "refuse_while_attached", _nothing),
        {"errors.DeleteRecordingConfiguration.ConflictException"},
    ),
    "limits": (
        lambda patch: patch.setattr(validation, "CHECKS", _checks_no_numbers()),
        {"limits.ListChannels.maxResults.0", "limits.ListChannels.maxResults.101"},
    ),
    "paging": (
        lambda patch: patch.setattr(channels, "page", _one_item_short),
        {"paging.ListChannels.each-once"},
    ),
    "tags": (
        lambda patch: patch.setitem(operations.OPERATIONS, "UntagResource", _nothing),
        {"tags.channel.removed", "tags.stream-key.removed"},
    ),
    "batches": (
        lambda patch: patch.setattr(
            channels, "batch", lambda shelf, arns: ([shelf[a] for a in arns if a in shelf], [])
        ),
        {"batches.BatchGetChannel.in-part", "batches.BatchGetChannel.twice"},
    ),
    "one_key": (
        lambda patch: patch.setattr(quotas, "STREAM_KEYS_PER_CHANNEL", 2),
        {"one_key.refused-and-kept"},
    ),
    "encoders": (
        lambda patch: patch.setattr(takeovers, "_objection", _nothing),
        {"encoders.second.not-higher", "encoders.second.failed-goes-on"},
    ),
    "live_state": (
        lambda patch: patch.setattr(channels, "_refuse_while_live", _nothing),
        {"live_state.live.refused-and-kept", "live_state.starting.UpdateChannel"},
    ),
    "sessions": (
        lambda patch: patch.setattr(
            stream_sessions.StreamSession, "truncated_events", property(lambda s: [*s.events])
        ),
        {"sessions.events.names", "sessions.events.times"},
    ),
    "timing": (
        lambda patch: patch.setattr(stream_sessions, "whole_second", lambda at: at),
        {"timing.whole-seconds"},
    ),
    "events": (
        lambda patch: patch.setattr(stream_sessions, "discriminator", lambda *_: "name"),
        {"events.comes.Stream-Start", "events.members.Stream-End"},
    ),
    "tokens": (
        lambda patch: patch.setattr(viewer_sessions.Revocations, "covers", lambda *_: False),
        {"tokens.revoked.same-version", "tokens.revoked.for-good"},
    ),
    "recording": (
        lambda patch: patch.setattr(recordings, "stop", _nothing),
        {"recording.Recording-End"},
    ),
    "throttling": (
        lambda patch: patch.setattr(throttling.Throttle, "admit", _nothing),
        {"throttling.GetChannel", "throttling.PutMetadata.of-a-channel"},
    ),
}


def test_every_group_has_a_mutation() -> None:
    assert MUTATIONS.keys() == set(GROUPS)


@pytest.mark.parametrize("group", GROUPS)
def test_a_mistake_in_the_emulator_is_seen(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutate, seen_by = MUTATIONS[group]
    mutate(monkeypatch)

    with endpoints.emulator(rates=True) as place:
        outcomes = list(run(chosen(sorted(seen_by)), place))

    assert {outcome.probe.name for outcome in outcomes if outcome.result == "differs"} == seen_by
