"""Every error that an operation declares: provoked, or named with the reason why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ivs_emulator.service_model import input_shape, service_model
from ivskit_local.conform.inputs import IDLE, SMALL, Input
from ivskit_local.conform.place import Place, new_pair
from ivskit_local.conform.probe import Group, Need, model

GROUP = Group("errors")

CANNOT = {
    "AccessDeniedException": "cannot be provoked with the permissions that a run needs",
    "PendingVerification": "cannot be provoked: AWS decides when it verifies an account",
    "InternalServerException": "cannot be provoked: AWS's own failures come by chance",
    "ServiceUnavailable": "cannot be provoked: AWS's own failures come by chance",
    "StreamUnavailable": "cannot be provoked: AWS's own failures come by chance",
}
STATUSES = {
    "ValidationException": 400,
    "ServiceQuotaExceededException": 402,
    "ResourceNotFoundException": 404,
    "ChannelNotBroadcasting": 404,
    "ConflictException": 409,
    "ThrottlingException": 429,
}
KINDS = {
    "AdConfiguration": "ad-configuration",
    "Channel": "channel",
    "FailoverSlateConfiguration": "failover-slate-configuration",
    "PlaybackKeyPair": "playback-key",
    "PlaybackRestrictionPolicy": "playback-restriction-policy",
    "RecordingConfiguration": "recording-configuration",
    "StreamKey": "stream-key",
}


def _answer(operation: str, given: Input) -> Callable[[Place], str]:
    return lambda place: str(place.ask(operation, **given(place)))


def _unknown(operation: str) -> Input:
    """The operation's input about a thing that there is not."""

    def given(place: Place) -> dict[str, Any]:
        if operation in CREATES_WITH_UNKNOWN:
            return CREATES_WITH_UNKNOWN[operation](place)
        member = next(m for m in ("channelArn", "arn", "resourceArn") if m in _members(operation))
        kind = (
            KINDS[re.sub("^(Get|Delete|Update)", "", operation)] if member == "arn" else "channel"
        )
        return {**IDLE[operation](place), member: place.unknown(kind)}

    return given


def _members(operation: str) -> Any:
    return input_shape(operation).members


CREATES_WITH_UNKNOWN: dict[str, Input] = {
    "CreateChannel": lambda place: {
        "recordingConfigurationArn": place.unknown("recording-configuration")
    },
}
# A public key that an SDK cannot know to be wrong.
INVALID: dict[str, Input] = {
    "ImportPlaybackKeyPair": lambda _: {"publicKeyMaterial": "no key"},
    **{
        name: lambda _: {"name": "has space"}
        for name in (
            "CreateChannel",
            "CreateFailoverSlateConfiguration",
            "CreatePlaybackRestrictionPolicy",
        )
    },
    "ListTagsForResource": lambda _: {"resourceArn": "arn:aws:ivs"},
    "TagResource": lambda _: {"resourceArn": "arn:aws:ivs", "tags": {}},
    "UntagResource": lambda _: {"resourceArn": "arn:aws:ivs", "tagKeys": ["team"]},
}


def _invalid(operation: str) -> Input:
    """What lacks a required member, or has one that is wrong."""
    if operation in INVALID:
        return INVALID[operation]
    if input_shape(operation).required_members:
        return lambda _: {}
    return lambda _: {"maxResults": 0}


CONFLICTS: dict[str, Input] = {
    "ListChannels": lambda place: {
        "filterByName": "idle",
        "filterByRecordingConfigurationArn": place.recording,
    },
    "ImportPlaybackKeyPair": lambda place: _twice(place),
    "DeleteAdConfiguration": lambda place: _attached(place, "adConfigurationArn", place.ads),
    "DeleteFailoverSlateConfiguration": lambda place: _attached(
        place, "failoverSlateConfigurationArn", place.slate
    ),
    "DeletePlaybackRestrictionPolicy": lambda place: _attached(
        place, "playbackRestrictionPolicyArn", place.policy
    ),
    "DeleteRecordingConfiguration": lambda place: _attached(
        place, "recordingConfigurationArn", place.recording
    ),
    "DeleteChannel": lambda place: {"arn": place.live},
    "UpdateChannel": lambda place: {"arn": place.live, "name": "new"},
    "InsertAdBreak": lambda place: _during_a_break(place),
    "UpdateFailoverSlateConfiguration": lambda place: {
        "arn": place.new("CreateFailoverSlateConfiguration"),
        "name": "new",
    },
}
LIVE_CONFLICTS = {"DeleteChannel", "UpdateChannel", "InsertAdBreak"}


def _twice(place: Place) -> dict[str, Any]:
    public = new_pair()[0]
    place.must("ImportPlaybackKeyPair", publicKeyMaterial=public)
    return {"publicKeyMaterial": public}


def _attached(place: Place, member: str, arn: str) -> dict[str, Any]:
    place.channel(**{member: arn})
    return {"arn": arn}


def _during_a_break(place: Place) -> dict[str, Any]:
    asked: dict[str, Any] = {"channelArn": place.live, "durationSeconds": 300}
    place.ask("InsertAdBreak", **asked)  # or another break is under way already
    return asked


QUOTAS: dict[str, Input] = {
    "CreateStreamKey": lambda place: {"channelArn": place.idle},
    "CreatePlaybackRestrictionPolicy": lambda place: _filled(
        place, "CreatePlaybackRestrictionPolicy", 3
    ),
    "ImportPlaybackKeyPair": lambda place: _filled(place, "ImportPlaybackKeyPair", 3),
    "CreateRecordingConfiguration": lambda place: _filled(
        place, "CreateRecordingConfiguration", 20
    ),
    "CreateAdConfiguration": lambda place: _filled(place, "CreateAdConfiguration", 20),
}
ONE_TOO_MANY_IS_CHEAP = {"CreateStreamKey"}


def _filled(place: Place, operation: str, quota: int) -> dict[str, Any]:
    """Use a quota up, and answer the input that goes beyond it."""
    for _ in range(quota):
        if not place.ask(operation, **SMALL[operation](place)).ok:
            break
    return SMALL[operation](place)


NOT_PROVOKED = {
    ("ConflictException", "CreateAdConfiguration"): "no page says what conflicts",
    ("ConflictException", "CreateFailoverSlateConfiguration"): "no page says what conflicts",
    ("ConflictException", "CreateRecordingConfiguration"): "no page says what conflicts",
    ("ConflictException", "ListPlaybackRestrictionPolicies"): "no page says what conflicts",
    ("ConflictException", "UpdateAdConfiguration"): "no page says what conflicts",
    ("ConflictException", "UpdatePlaybackRestrictionPolicy"): "no page says what conflicts",
    ("ResourceNotFoundException", "CreateAdConfiguration"): "MediaTailor's own ARNs are not asked",
    ("ServiceQuotaExceededException", "CreateChannel"): "would take 5,000 channels",
    ("ServiceQuotaExceededException", "CreateFailoverSlateConfiguration"): "no page has a quota",
    ("ServiceQuotaExceededException", "UpdateAdConfiguration"): "no page says of what",
    ("ServiceQuotaExceededException", "UpdateFailoverSlateConfiguration"): "no page says of what",
}


def _validation(operation: str) -> tuple[Callable[[Place], str], list[Need]]:
    return _answer(operation, _invalid(operation)), []


def _not_found(operation: str) -> tuple[Callable[[Place], str], list[Need]]:
    return _answer(operation, _unknown(operation)), []


def _not_live(operation: str) -> tuple[Callable[[Place], str], list[Need]]:
    return _answer(operation, IDLE[operation]), []


def _conflict(operation: str) -> tuple[Callable[[Place], str], list[Need]]:
    needs = [Need.LIVE] if operation in LIVE_CONFLICTS else []
    return _answer(operation, CONFLICTS[operation]), needs


def _quota(operation: str) -> tuple[Callable[[Place], str], list[Need]]:
    needs = [] if operation in ONE_TOO_MANY_IS_CHEAP else [Need.RATES]
    return _answer(operation, QUOTAS[operation]), needs


PROVOKED = {
    "ValidationException": _validation,
    "ResourceNotFoundException": _not_found,
    "ChannelNotBroadcasting": _not_live,
    "ConflictException": _conflict,
    "ServiceQuotaExceededException": _quota,
}


def _declared() -> Iterator[tuple[str, str]]:
    for operation in service_model().operation_names:
        for error in service_model().operation_model(operation).error_shapes:
            yield operation, error.name


def _never(_: Place) -> str:
    raise AssertionError("nobody can provoke this")


for _operation, _error in _declared():
    if _error == "ThrottlingException":
        continue  # every operation with a rate is in the group `throttling`
    _reason = NOT_PROVOKED.get((_error, _operation), "")
    _why = CANNOT.get(_error) or (f"cannot be provoked: {_reason}" if _reason else "")
    _ask, _needs = (_never, []) if _why else PROVOKED[_error](_operation)
    GROUP.add(
        f"{_operation}.{_error}",
        f"{_operation} can answer {_error}",
        model(_operation),
        f"{STATUSES[_error]} {_error}" if _error in STATUSES else _error,
        _ask,
        *_needs,
        cannot=_why,
    )
