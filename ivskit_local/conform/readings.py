"""Every question that the documentation leaves open, how the emulator answers it, and the probes
that ask an endpoint the same.

The table in the emulator's README is this list.
"""

from __future__ import annotations

from dataclasses import dataclass

# Why a question has no probe.
OF_THE_EMULATOR = "of the emulator's own encoders and server, which IVS does not have"
NOT_BY_API = "only somebody who drives encoders and quotas at will can ask"
TOO_LONG = "the answer takes months"


@dataclass(frozen=True)
class OpenQuestion:
    """A question, and globs of the probes that ask it; `unasked` says why there is none.

    `switch`: the field of the emulator's `Readings` that turns to the other reading, where callers
    could suffer from either.
    """

    question: str
    probes: tuple[str, ...] = ()
    unasked: str = ""
    switch: str = ""


def _asked(question: str, *probes: str, switch: str = "") -> OpenQuestion:
    return OpenQuestion(question, probes, switch=switch)


def _unasked(question: str, why: str) -> OpenQuestion:
    return OpenQuestion(question, unasked=why)


QUESTIONS = (
    _asked(
        "GetStream, StopStream, PutMetadata between Session Created and Stream Start",
        "live_state.starting.GetStream",
        "live_state.starting.StopStream",
        "live_state.starting.PutMetadata",
        "events.created-first",
        switch="live_once_created",
    ),
    _asked(
        "UpdateChannel, DeleteChannel between Session Created and Stream Start",
        "live_state.starting.UpdateChannel",
        "live_state.starting.DeleteChannel",
    ),
    _asked(
        "a session between Session Created and Stream Start",
        "sessions.starting.no-start",
        "sessions.starting.listed",
    ),
    _asked(
        "how long StopStream takes",
        "timing.StopStream.GetStream",
        "live_state.ending.GetStream",
        "live_state.ending.DeleteChannel",
        switch="stops_at_once",
    ),
    _asked(
        "StopStream while the stream is ending",
        "live_state.ending.StopStream",
        switch="stops_at_once",
    ),
    _asked(
        "`endTime` of a session",
        "timing.Stream-End.endTime-later",
        switch="end_time_at_once",
    ),
    _asked("order of lists", "paging.ListChannels.order"),
    _asked(
        "do the tags of CreateChannel reach its stream key",
        "tags.of-the-stream-key",
        switch="tags_reach_key",
    ),
    _asked("`preset` on BASIC and STANDARD", "limits.preset.of-standard"),
    _asked(
        "multitrack input without policy, resolution, STANDARD or FRAGMENTED_MP4",
        "limits.multitrack.incomplete",
    ),
    _asked("duplicates in BatchGet*", "batches.BatchGet*.twice"),
    _asked("codes in `errors` of BatchGet*", "batches.BatchGet*.code"),
    _asked("GetStreamSession of a channel without sessions", "sessions.none"),
    _asked("sessions of a deleted channel", "sessions.deleted-channel"),
    _asked("metadata of more than 1 KB", "limits.metadata.1025-*"),
    _asked("UntagResource with absent keys", "tags.absent-keys"),
    _asked("UntagResource with an empty list of keys", "tags.no-keys"),
    _asked(
        "more than 50 tags in all, or a key that begins with `aws:`",
        "tags.51-in-all",
        "tags.reserved",
        "tags.reserved-at-creation",
    ),
    _unasked("an encoder that was cut off", OF_THE_EMULATOR),
    _unasked("an encoder that is back before the old stream has ended", OF_THE_EMULATOR),
    _asked("a second encoder without a takeover", "encoders.second.refused"),
    _asked(
        "a priority outside 1 to 2,147,483,647",
        "encoders.second.priority-0",
        "events.Takeover-of-priority-0",
    ),
    _asked("an encoder without a priority", "encoders.second.takes-over"),
    _asked(
        "bitrate, resolution or tracks that the channel does not allow",
        "events.Ingest-Bitrate",
        "encoders.beyond.ended",
    ),
    _asked(
        "the member that names a breached limit",
        "events.Ingest-Bitrate",
        "events.Ingest-Resolution",
        switch="limit_as_registered",
    ),
    _unasked("an encoder beyond the concurrent streams", NOT_BY_API),
    _asked("a takeover that fails", "encoders.second.failed-goes-on"),
    _asked("BASIC at exactly 1080p", "encoders.basic.1080p"),
    _unasked("a bucket that does not exist", NOT_BY_API),
    _unasked("a configuration that is not ACTIVE on a channel", NOT_BY_API),
    _asked(
        "deleting a recording or slate configuration while it is being created or updated",
        "recording.deleted-early",
        "recording.slate-deleted-early",
    ),
    _asked("`targetIntervalSeconds` with `recordingMode`", "limits.thumbnails.*"),
    _unasked("Recording Start of a stream that continues a recording", NOT_BY_API),
    _asked("Recording End", "recording.Recording-End"),
    _asked(
        "deleting a policy, ad or slate configuration that a channel uses",
        "errors.DeletePlaybackRestrictionPolicy.ConflictException",
        "errors.DeleteAdConfiguration.ConflictException",
        "errors.DeleteFailoverSlateConfiguration.ConflictException",
    ),
    _asked("the same playback key twice", "errors.ImportPlaybackKeyPair.ConflictException"),
    _asked(
        "length of an origin",
        "limits.origins.wildcard",
        "limits.CreatePlaybackRestrictionPolicy.allowedOrigins*.129-characters",
    ),
    _asked(
        "InsertAdBreak without an ad configuration, or in the past",
        "live_state.ads.none",
        "live_state.ads.past",
    ),
    _unasked(
        "a time without a zone, or outside the years 2 to 9998",
        "an SDK sends no such time",
    ),
    _asked(
        "quotas of failover slates, rates of failover slates and UpdateAdConfiguration",
        "throttling.GetFailoverSlateConfiguration",
        "throttling.ListFailoverSlateConfigurations",
    ),
    _asked("permanence of a revocation", "tokens.revoked.for-good"),
    _asked("`preset` of the other types in answers", "operations.CreateChannel.default.preset"),
    _unasked("sessions", TOO_LONG),
    _asked(
        "a token with an unknown `aws:` claim, another `typ` than JWT, or an `exp` in milliseconds",
        "tokens.claim-unknown",
        "tokens.typ-other",
        "tokens.exp-in-milliseconds",
    ),
    _asked("a token of a public channel", "tokens.public.token"),
    _asked(
        "codes in `errors` of a batch revocation", "batches.BatchStartViewerSessionRevocation.code"
    ),
    _asked("codes of countries", "limits.countries.unassigned", "limits.countries.small-letters"),
    _unasked("a call to a region without IVS", "AWS has no endpoint there"),
    _asked(
        "an invented `nextToken`, or that of another list",
        "paging.*.invented-token",
        "paging.*.token-of-another-list",
    ),
    _asked(
        "a version of more than 32 bits in a revocation", "limits.viewerSessionVersion.2147483648"
    ),
    _asked("CUSTOM renditions without a list of them", "limits.renditions.missing"),
    _asked(
        "the revocation of a viewer whom nobody has seen",
        "batches.BatchStartViewerSessionRevocation.unknown-viewer",
    ),
    _asked(
        "the stream of a key that is deleted",
        "one_key.deleted-while-live",
        "one_key.deleted-then-stopped",
        switch="deleted_key_ends_stream",
    ),
    _asked(
        "a channel that is live: tags, and another key after DeleteStreamKey",
        "live_state.live.TagResource",
        "live_state.live.CreateStreamKey",
    ),
    _asked("the region of an event", "events.envelope.region"),
    _asked("a token with an unknown `aws:maximum-resolution`", "tokens.resolution-unknown"),
    _asked("a token with claims of your own", "tokens.claim-own"),
    _unasked("a body that is not a JSON object in UTF-8", "an SDK sends no such body"),
    _asked(
        "too many items, entries or characters",
        "limits.BatchGetChannel.arns.51-items",
        "limits.TagResource.tags.51-entries",
    ),
    _unasked("an input that is wrong in many ways", "no caller depends on a message"),
    _unasked(
        "an Authorization header of AWS's kind without a credential scope",
        "an SDK sends no such header",
    ),
    _unasked("an operation of a newer model", OF_THE_EMULATOR),
    _unasked("an input member or enum value that the emulator does not know", OF_THE_EMULATOR),
    _unasked("a method that no operation has at that path", "an SDK sends no such request"),
)
