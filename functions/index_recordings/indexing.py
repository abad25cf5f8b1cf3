"""Notes recordings in the table, and makes the outcome from what the table then has.

So a repeated event, or one that is tried again after a crash, gets the same outcome again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from index_recordings.decide import (
    BEGINS_WITHIN,
    Found,
    Session,
    has_file,
    may_still_come,
    missing,
    of_change,
    of_session,
    outcome_of,
    taken_down_by,
    the_one_of,
)
from index_recordings.files import ENDED, FAILED, Files, NotReadable
from index_recordings.manifest import Manifest
from ivskit.arns import resource_id
from ivskit.automation.memory import Memory
from ivskit.automation.messages.look_again import LookAgain
from ivskit.changes import RecordingStateChange
from ivskit.client import Ivs
from ivskit.errors import Unavailable
from ivskit.outcomes import Outcome
from ivskit.policy.values import Mode
from ivskit.recordings.records import Recording
from ivskit.recordings.table import RecordingTable

# Recordings before a session that are looked at: of those that began within its first minute, and
# the one that it may continue.
_MOST_LOOKED_AT = 5


class Indexing:
    """What is known of recordings, from events and from the bucket.

    It changes nothing in IVS: neither the mode nor a pause holds it back.
    """

    def __init__(
        self,
        table: RecordingTable,
        files: Files,
        ivs: Ivs,
        memory: Memory,
        *,
        url_base: str,
        mode: Mode,
        first_received: Callable[[], datetime],
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._files = files
        self._ivs = ivs
        self._memory = memory
        self._url_base = url_base
        self._mode = mode
        self._first_received = first_received
        self._clock = clock

    def note(self, change: RecordingStateChange) -> list[Outcome]:
        """Note what an event says; raises Unavailable while its file may still come."""
        manifest, unread = self._file_of(change)
        base = self._base(change.detail.recording_s3_bucket_name, change.channel_arn)
        known = self._table.note(of_change(change, manifest, unread=unread, base=base))
        if known.is_over:
            # Late events: the sweep may have found them missing.
            for stream_id in known.stream_ids:
                self._table.forget_missing(known.channel_arn, stream_id)
        return self._outcomes(self._marked(known), change.detail.stream_id, change.id)

    def look_for(self, look: LookAgain) -> list[Outcome]:
        """Look for the recording of a session of which no end was seen."""
        session = self._session(look)
        if session is None:
            return []
        known = self._table.of_stream(
            look.channel_arn, session.stream_id, started_at=session.started_at
        )
        if known is None or not known.is_over:
            known = self._in_bucket(look.channel_arn, session, known)
        return self._outcomes(self._marked(known), session.stream_id, look.event_id)

    def _file_of(self, change: RecordingStateChange) -> tuple[Manifest | None, str | None]:
        """The file that IVS writes with this event, or why it was not read."""
        kind = has_file(change)
        if kind is None:
            return None, None
        detail, name = change.detail, ENDED if kind == "ended" else FAILED
        prefix = detail.recording_s3_key_prefix.strip("/")
        try:
            found = self._files.manifest(detail.recording_s3_bucket_name, prefix, name)
        except NotReadable as error:
            return None, f"not readable: {error}"
        if found is None and may_still_come(
            first_received=self._first_received(), now=self._clock()
        ):
            raise Unavailable(f"{name} is not there yet: {prefix}", operation="GetObject")
        return found, None if found else f"{name} is not there"

    def _session(self, look: LookAgain) -> Session | None:
        """The ended session, if it was to be recorded."""
        found = self._ivs.streams.session(look.channel_arn, look.stream_id)
        if found is None or found.start_time is None or found.end_time is None:
            return None
        configuration = found.recording_configuration
        s3 = configuration.destination_configuration.s3 if configuration is not None else None
        if s3 is None:
            return None
        return Session(found.stream_id, found.start_time, found.end_time, s3.bucket_name)

    def _in_bucket(self, channel_arn: str, session: Session, begun: Recording | None) -> Recording:
        """What the bucket has of it: the recording, or that it is missing.

        begun: what is known of its beginning.
        """
        base = self._base(session.bucket, channel_arn)
        try:
            found = the_one_of(session, self._found(channel_arn, session, begun))
        except NotReadable as error:
            return self._missing(channel_arn, session, begun, f"not readable: {error}")
        if found is None:
            why = f"the bucket {session.bucket} has no end of one of that time"
            return self._missing(channel_arn, session, begun, why)
        return self._table.note(of_session(channel_arn, session, found, base=base))

    def _missing(
        self, channel_arn: str, session: Session, begun: Recording | None, why: str
    ) -> Recording:
        """Note that it is missing, unless its event came meanwhile."""
        noted = self._table.note(missing(channel_arn, session, begun, why))
        known = self._table.of_stream(channel_arn, session.stream_id, started_at=session.started_at)
        if known is None or known.status == "missing":
            return noted
        self._table.forget_missing(channel_arn, session.stream_id)
        return known

    def _found(
        self, channel_arn: str, session: Session, begun: Recording | None
    ) -> Iterator[Found]:
        """What has ended in the bucket, as far as it can be of this session."""
        for prefix in self._prefixes(channel_arn, session, begun):
            manifest = self._files.over(session.bucket, prefix)
            if manifest is not None:
                yield Found(prefix, manifest)

    def _prefixes(
        self, channel_arn: str, session: Session, begun: Recording | None
    ) -> Iterator[str]:
        if begun is not None and begun.prefix:
            return iter([begun.prefix])
        account = channel_arn.split(":")[4]
        under = f"ivs/v1/{account}/{resource_id(channel_arn)}/"
        until = session.started_at + BEGINS_WITHIN
        return islice(self._files.prefixes(session.bucket, under, until=until), _MOST_LOOKED_AT)

    def _marked(self, recording: Recording) -> Recording:
        """With the mark of a take-down that came before the index had the recording."""
        if recording.taken_down_by is not None:
            return recording
        arn = recording.channel_arn
        known = self._memory.recall([arn]).get(arn)
        command = taken_down_by(recording, known) if known is not None else None
        if command is None:
            return recording
        self._table.mark(recording, taken_down_by=command)
        return recording.model_copy(update={"taken_down_by": command})

    def _base(self, bucket: str, channel_arn: str) -> str:
        """What a prefix is appended to in a URL."""
        region = channel_arn.split(":")[3]
        return self._url_base or f"https://{bucket}.s3.{region}.amazonaws.com"

    def _outcomes(self, recording: Recording, stream_id: str, event_id: str) -> list[Outcome]:
        outcome = outcome_of(
            recording,
            cause=stream_id,
            stream_id=stream_id,
            mode=self._mode,
            at=self._clock(),
            event_id=event_id,
        )
        return [outcome] if outcome is not None else []
