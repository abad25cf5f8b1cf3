"""Outcomes of bulk revocations."""

from pydantic import AwareDatetime

from ivskit import names
from ivskit.outcomes.outcome import Nothing, Outcome, Plain


class RevocationPlanned(Outcome):
    """A bulk revocation begins: its distinct pairs, their calls, and the seconds that it will take.

    The job's id is the cause. rejected: rows that name no viewer; skipped: pairs that are
    skipped because of their channel.
    """

    name = names.REVOCATION_PLANNED
    pairs: int
    calls: int
    eta_seconds: float
    rejected: int = 0
    skipped: int = 0
    advice: tuple[str, ...] = ()


class RevocationCancelled(Outcome):
    """This job revokes no more viewers; `Viewers Revoked` follows with the counts."""

    name = names.REVOCATION_CANCELLED
    job: str


class RevocationResumed(Outcome):
    """The job goes on with the viewers that are not revoked yet."""

    name = names.REVOCATION_RESUMED
    job: str


class RevocationStalled(Outcome):
    """No viewer could be revoked for a while; the job continues by itself once IVS serves it again.

    The job's id is the cause. since: when the last viewer was revoked, or the first call failed;
    error: what the last call failed with.
    """

    name = names.REVOCATION_STALLED
    since: AwareDatetime
    error: Plain

    def _identity(self) -> tuple[str, ...]:
        # A job may stall more than once.
        return (*super()._identity(), self.since.isoformat())


class ViewersRevoked(Outcome):
    """A bulk revocation is over; `report` is the s3:// address of the failures and their reasons.

    The job's id is the cause.
    """

    name = names.VIEWERS_REVOKED
    revoked: int
    failed: int
    rejected: int = 0
    skipped: int = 0
    report: str | None = None

    def _identity(self) -> tuple[str, ...]:
        # A job that was cancelled and resumed ends twice, maybe with nothing left to do.
        return (*super()._identity(), str(self.revoked), str(self.failed), self.reason)


class RevocationSkipped(Nothing):
    """No viewers were revoked after a stream."""

    name = names.REVOCATION_SKIPPED
