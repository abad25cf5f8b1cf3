"""How a deployment stands now: its channels, its pause, its dead letters, and what is due."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

from ivs_emulator.channels import Channel
from ivs_emulator.shelves import Shelf
from ivs_emulator.stream_keys import StreamKey
from ivs_emulator.stream_sessions import Phase, StreamSession
from ivskit.arns import resource_id
from ivskit.pause_state import standing
from ivskit.policy import Policy, PolicySettings
from ivskit.policy.tags import is_blocked as is_tagged_blocked
from ivskit.recordings.records import Recording
from ivskit_local.dev.due import due
from ivskit_local.dev.fact import without_secrets
from ivskit_local.dev.quotas import uses
from ivskit_local.dev.remembered import Remembered, remembered
from ivskit_local.report import in_one_line
from ivskit_local.scenarios.run import NotThere, Run

_CONNECTED = (Phase.CREATED, Phase.STARTED)
_POLICIES_KEPT = 1_000
# The newest of each channel, and of all.
_OF_A_CHANNEL, _OF_ALL = 20, 200
_OF_RECORDING = {
    "channel_arn",
    "recording",
    "status",
    "started_at",
    "ended_at",
    "duration_ms",
    "bucket",
    "prefix",
    "failure",
    "taken_down_by",
}


class Standing:
    """Reads a run's world, and changes nothing in it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._made: dict[str, datetime] = {}
        self._policies: dict[tuple[tuple[str, str], ...], Policy] = {}
        # Read while only one stage is deployed: a second one has parameters of the same names.
        self._memory_table, self._pause = run.parameter("memory").value, run.parameter("pause").name
        self.stage = self._pause.split("/")[2]

    def document(self) -> dict[str, Any]:
        """All of it, as one JSON value without secrets."""
        world = self._run.world
        known = remembered(world.client("dynamodb"), self._memory_table, list(world.ivs.channels))
        self._note_keys()
        letters = [
            {**asdict(each), "error": in_one_line(each.error)} for each in world.dead_letters()
        ]
        document: dict[str, Any] = without_secrets(
            {
                "now": world.now.isoformat(),
                "start": self._run.start.isoformat(),
                "stage": self.stage,
                "channels": [
                    self._channel(channel, known) for channel in world.ivs.channels.values()
                ],
                "quotas": self._quotas(known),
                "recordings": self._recordings(),
                "paused": self._paused(),
                "functions": list(world.functions),
                "dead_letters": letters,
                "due": due(world),
            }
        )
        return document

    def _paused(self) -> dict[str, Any]:
        client = self._run.world.client("ssm")
        paused = standing(client.get_parameter(Name=self._pause)["Parameter"]["Value"])
        return {
            "automation": paused is not None,
            "commands": paused is not None and paused.commands_too,
            "text": paused.sentence if paused else None,
        }

    # Channels.

    def _channel(self, channel: Channel, known: Remembered) -> dict[str, Any]:
        ivs, policy = self._run.world.ivs, self._policy(channel.tags)
        session = ivs.open_session(channel.arn)
        is_held = policy.held_at(self._run.world.now)
        return {
            "arn": channel.arn,
            "id": resource_id(channel.arn),
            "name": channel.name or resource_id(channel.arn),
            "tags": dict(channel.tags),
            "status": _status(session),
            "encoder": session is not None and session.phase in _CONNECTED,
            "managed": policy.managed,
            "mode": policy.mode,
            "blocked": channel.arn in known.blocked or is_tagged_blocked(channel.tags),
            "taken_down": known.is_taken_down(channel.arn),
            "restricted": self._restricted(channel),
            "restriction_waits": known.is_changing(channel.arn),
            "unhealthy": known.unhealthy(session.stream_id) if session else [],
            "held_until": _iso(policy.hold_until) if is_held else None,
            "viewers": max(0, session.viewer_count) if session else 0,
            "key": self._key(channel.arn),
            "session": _session(session),
        }

    def _note_keys(self) -> None:
        """Remember when each key was made, for longer than the emulator does."""
        keys: Shelf[StreamKey] = self._run.world.ivs.stream_keys
        self._made = {arn: at for arn, at in (self._made | keys.made()).items() if arn in keys}

    def _key(self, arn: str) -> dict[str, Any] | None:
        """The ARN of the key, and when it was made where that is known; not its value."""
        key = next(iter(self._run.world.ivs.keys_of(arn)), None)
        return {"arn": key.arn, "made_at": _iso(self._made.get(key.arn))} if key else None

    def _policy(self, tags: Mapping[str, str]) -> Policy:
        worn = tuple(sorted(tags.items()))
        if worn not in self._policies:
            if len(self._policies) >= _POLICIES_KEPT:
                self._policies.clear()
            self._policies[worn] = self._settings.of(tags, stage=self.stage)
        return self._policies[worn]

    @cached_property
    def _settings(self) -> PolicySettings:
        """The policy of the deployment, as its functions have it."""
        sources = self._run.world._queues.sources
        given = (source.function.variables.get("IVSKIT_POLICY") for source in sources)
        return PolicySettings.model_validate_json(next(filter(None, given), "{}"))

    def _restricted(self, channel: Channel) -> str | None:
        """Where alone the channel plays; None where that is everywhere."""
        policies = self._run.world.ivs.playback_restriction_policies
        policy = policies.get(channel.playback_restriction_policy_arn)
        if policy is None:
            return None
        return ", ".join([*policy.allowed_countries, *policy.allowed_origins])

    # What is not about one channel.

    def _quotas(self, known: Remembered) -> Sequence[Mapping[str, Any]]:
        world = self._run.world
        found = uses(world.ivs, since=self._run.start, now=world.now, viewers=known.viewers)
        return [each.as_document() for each in found]

    def _recordings(self) -> Sequence[Mapping[str, Any]] | None:
        """The newest recordings in the index, or None where the stage has no index."""
        try:
            table = self._run.recordings
        except NotThere:
            return None
        recorded = [
            arn
            for arn, channel in self._run.world.ivs.channels.items()
            if channel.recording_configuration_arn
        ]
        found = (
            each
            for arn in recorded
            for each in islice(table.of_channel(arn, Limit=_OF_A_CHANNEL), _OF_A_CHANNEL)
        )
        newest = sorted(found, key=lambda each: each.started_at or each.noted_at, reverse=True)
        return [_recording(each) for each in newest[:_OF_ALL]]


def _recording(recording: Recording) -> Mapping[str, Any]:
    return recording.model_dump(mode="json", include=_OF_RECORDING)


def _status(session: StreamSession | None) -> str:
    if session is None or not session.is_live:
        return "offline"
    return "starving" if session.health == "STARVING" else "live"


def _session(session: StreamSession | None) -> dict[str, Any] | None:
    if session is None:
        return None
    return {"stream_id": session.stream_id, "started_at": _iso(session.start_time)}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
