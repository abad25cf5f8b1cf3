"""What a person should know before a revocation goes its way."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

LONG = timedelta(minutes=15)
_MOST_NAMED = 10


def advice(
    *,
    pairs: int,
    kept: int,
    rejected: int,
    public: Sequence[str],
    without_version: int,
    eta: timedelta,
) -> Iterator[str]:
    """A sentence for each; where no pair is left to revoke, only that."""
    if not pairs:
        yield _nobody(kept, rejected)
        return
    if public:
        more = f" and {len(public) - _MOST_NAMED} more" if len(public) > _MOST_NAMED else ""
        named = ", ".join(public[:_MOST_NAMED])
        yield f"Revoking does nothing on a channel that is not private: {named}{more}."
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


def _nobody(kept: int, rejected: int) -> str:
    why = [
        f"{kept} viewer(s) are on channels that are left alone" if kept else "",
        f"{rejected} row(s) name no viewer" if rejected else "",
    ]
    return f"Nobody is revoked: {', and '.join(filter(None, why))}; the report will say why."
