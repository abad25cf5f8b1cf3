"""Advice to a person at the beginning of a revocation."""

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
    """A sentence for each issue; where there is no pair to revoke, only that one."""
    if not pairs:
        yield _no_viewers(skipped, rejected)
        return
    yield from _of_channels(skipped, public)
    if without_version:
        yield (
            f"{without_version} viewer(s) are revoked up to version 0, which covers only tokens"
            " without a session version; give up_to_version, or set"
            " revocation.session_versions to unix-seconds if your versions are Unix seconds."
        )
    if eta > LONG:
        yield (
            f"This takes {eta}. Deleting the playback key pair is faster: IVS then refuses all"
            " tokens that it signed, on every channel."
        )
    if rejected:
        yield f"{rejected} row(s) name no viewer; the report lists them with the reasons."


def _of_channels(skipped: Sequence[SkippedChannel], public: Sequence[str]) -> Iterator[str]:
    if skipped:
        reasons = _reasons(skipped)
        yield f"{_viewers_on(skipped)} viewer(s) are skipped: {reasons}; the report lists them."
    if public:
        yield f"Revoking does nothing on a channel that is not private: {named(public)}."


def _no_viewers(skipped: Sequence[SkippedChannel], rejected: int) -> str:
    why = [
        f"{_viewers_on(skipped)} viewer(s) are on skipped channels" if skipped else "",
        f"{rejected} row(s) name no viewer" if rejected else "",
    ]
    return (
        f"No viewers are revoked: {', and '.join(filter(None, why))}; the report gives the reasons."
    )


def _viewers_on(skipped: Sequence[SkippedChannel]) -> int:
    return sum(each.viewers for each in skipped)


def _reasons(skipped: Sequence[SkippedChannel]) -> str:
    reasons = by_reason(skipped)
    more = f"; and for {len(reasons) - _MOST_REASONS} more reasons" * (len(reasons) > _MOST_REASONS)
    return "; ".join(reasons[:_MOST_REASONS]) + more
