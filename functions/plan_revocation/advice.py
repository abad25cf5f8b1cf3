"""What a person should know before a revocation goes its way."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from ivskit.jobs.records import SkippedChannel
from plan_revocation.channels import by_reason, named

LONG = timedelta(minutes=15)
_MOST_REASONS = 5


def advice(
    *,
    pairs: int,
    skipped: Sequence[SkippedChannel],
    rejected: int,
    public: Sequence[str],
    without_version: int,
    eta: timedelta,
) -> Iterator[str]:
    """A sentence for each; where no pair is left to revoke, only that."""
    if not pairs:
        yield _nobody(skipped, rejected)
        return
    yield from _of_channels(skipped, public)
    if without_version:
        yield (
            f"{without_version} viewer(s) are revoked up to version 0, which covers only tokens"
            " without a session version; give up_to_version, or set"
            " revocation.session_versions to unix-seconds if that is what yours are."
        )
    if eta > LONG:
        yield (
            f"This takes {eta}. Deleting the playback key pair is faster: no token that it signed"
            " opens a stream any more, on any channel."
        )
    if rejected:
        yield f"{rejected} row(s) name no viewer; the report will say which and why."


def _of_channels(skipped: Sequence[SkippedChannel], public: Sequence[str]) -> Iterator[str]:
    if skipped:
        reasons = _reasons(skipped)
        yield f"{_viewers_on(skipped)} viewer(s) are skipped: {reasons}; the report will say whose."
    if public:
        yield f"Revoking does nothing on a channel that is not private: {named(public)}."


def _nobody(skipped: Sequence[SkippedChannel], rejected: int) -> str:
    why = [
        f"{_viewers_on(skipped)} viewer(s) are on skipped channels" if skipped else "",
        f"{rejected} row(s) name no viewer" if rejected else "",
    ]
    return f"Nobody is revoked: {', and '.join(filter(None, why))}; the report will say why."


def _viewers_on(skipped: Sequence[SkippedChannel]) -> int:
    return sum(each.viewers for each in skipped)


def _reasons(skipped: Sequence[SkippedChannel]) -> str:
    reasons = by_reason(skipped)
    more = f"; and for {len(reasons) - _MOST_REASONS} more reasons" * (len(reasons) > _MOST_REASONS)
    return "; ".join(reasons[:_MOST_REASONS]) + more
