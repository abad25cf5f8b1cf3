"""Collects the facts about a channel that is taken down, and marks its recording."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from ivskit.arns import resource_id
from ivskit.automation.memory import Memory
from ivskit.automation.records import Remembered
from ivskit.client import Ivs
from ivskit.commands import Restore, TakeDown
from ivskit.outcomes.take_down import RecordingPlace
from take_down.decide import Audience, Facts, Recorded, is_superseded

if TYPE_CHECKING:
    from ivskit.client.channels import Channel
    from ivskit.client.stream_sessions import StreamSession
    from ivskit.jobs.table import Jobs
    from ivskit.recordings.records import Recording
    from ivskit.recordings.table import RecordingTable

# Of the recordings of a channel, so many are looked at for marks.
_MOST_MARKED = 100


class Looking:
    """Reads what other functions did; jobs, recordings: None where the stage has no such table."""

    def __init__(
        self,
        ivs: Ivs,
        memory: Memory,
        *,
        jobs: "Jobs | None",
        recordings: "RecordingTable | None",
        has_restrictions: bool,
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._memory = memory
        self._jobs = jobs
        self._recordings = recordings
        self._has_restrictions = has_restrictions
        self._clock = clock

    def remembered(self, channel_arn: str) -> Remembered:
        """What is remembered of the channel, read without its lease: a stop may need that."""
        return self._memory.recall([channel_arn]).get(channel_arn, Remembered())

    def facts(self, command: TakeDown | Restore, channel: "Channel", *, since: datetime) -> Facts:
        """The facts of this moment, after the recording was marked, or unmarked."""
        remembered = self.remembered(channel.arn)
        return Facts(
            now=self._clock(),
            since=since,
            remembered=remembered,
            is_live=self._ivs.streams.live_stream_id(channel.arn) is not None,
            has_key=self._ivs.stream_keys.of(channel.arn) is not None,
            is_private=bool(channel.authorized),
            audience=self._audience(command),
            recorded=self._recorded(command, channel, remembered),
            has_restrictions=self._has_restrictions,
        )

    def _audience(self, command: TakeDown | Restore) -> Audience | None:
        if self._jobs is None:
            return None
        job = self._jobs.find(command.command_id)
        if job is None:
            return Audience()
        revoked = sum(each.revoked for each in self._jobs.all_done(job.id))
        return Audience(job.state, revoked, job.planned.pairs)

    def _recorded(
        self, command: TakeDown | Restore, channel: "Channel", remembered: Remembered
    ) -> Recorded | None:
        if isinstance(command, Restore):
            return self._unmarked(command, channel.arn, remembered)
        session = self._ivs.streams.session(channel.arn)
        if session is None:
            return None
        indexed = self._indexed(session, channel.arn)
        if indexed is None or self._recordings is None:
            return _by_session(session, channel.arn, will_be=self._recordings is not None)
        if is_superseded(command, remembered):
            return Recorded(_place(indexed), marked_by=indexed.taken_down_by)
        marked = self._recordings.mark(indexed, taken_down_by=command.command_id)
        return Recorded(_place(indexed), marked_by=command.command_id if marked else None)

    def _indexed(self, session: "StreamSession", channel_arn: str) -> "Recording | None":
        """What the index has of the session; nothing where it knows no place."""
        if self._recordings is None or session.start_time is None:
            return None
        found = self._recordings.of_stream(
            channel_arn, session.stream_id, started_at=session.start_time
        )
        return found if found is not None and found.prefix else None

    def _unmarked(
        self, command: Restore, channel_arn: str, remembered: Remembered
    ) -> Recorded | None:
        """The newest of those that this command has unmarked, now or at an earlier look."""
        if self._recordings is None:
            return None
        newest = list(islice(self._recordings.of_channel(channel_arn), _MOST_MARKED))
        ours = [each for each in newest if each.restored_by == command.command_id]
        if not is_superseded(command, remembered):
            marked = [each for each in newest if each.taken_down_by is not None]
            for each in marked:
                self._recordings.unmark(each, restored_by=command.command_id)
            ours = [each for each in newest if each in ours or each in marked]
        return Recorded(_place(ours[0])) if ours else None


def _place(recording: "Recording") -> RecordingPlace:
    return RecordingPlace(bucket=recording.bucket, prefix=recording.prefix)


def _by_session(session: "StreamSession", channel_arn: str, *, will_be: bool) -> Recorded | None:
    """Where IVS puts the recordings of the day on which the session began."""
    recording = session.recording_configuration
    destination = recording.destination_configuration if recording is not None else None
    s3 = destination.s3 if destination is not None else None
    if s3 is None or session.start_time is None:
        return None
    account, at = channel_arn.split(":")[4], session.start_time
    day = f"{at.year}/{at.month}/{at.day}"
    prefix = f"ivs/v1/{account}/{resource_id(channel_arn)}/{day}/"
    place = RecordingPlace(bucket=s3.bucket_name, prefix=prefix)
    return Recorded(place, is_indexed=False, will_be=will_be)
