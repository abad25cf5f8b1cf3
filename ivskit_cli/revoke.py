"""`ivskit revoke`: end what viewers of a private channel are watching."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.how import DEFAULT, How, OneChannel
from ivskit_local.errors import WrongUsage

# Of more viewers a person is asked first: nobody can take it back.
ASKED_ABOVE = 100


def revoke(
    channel: OneChannel | None = None,
    viewers: Annotated[
        tuple[str, ...], Parameter(name="VIEWER", help="the ids in their tokens, one or several")
    ] = (),
    /,
    *,
    viewers_in: Annotated[
        Path | None, Parameter(metavar="FILE", help="take the ids from a file, one in a line")
    ] = None,
    audience: Annotated[
        bool, Parameter(help="all viewers who were recorded for the channel")
    ] = False,
    manifest: Annotated[
        str | None,
        Parameter(metavar="S3-URI", help="all pairs of a file in S3, instead of a channel"),
    ] = None,
    how: How = DEFAULT,
) -> bool:
    """Revoke viewers of a private channel: their players stop, their tokens are void.

    Asks before it revokes more than 100, or nobody knows how many. `ivskit jobs` shows those under
    way, `ivskit cancel` stops one. Exit 0 done, 1 not done or some failed, 2 wrong usage.

    For example:
      ivskit revoke show jane-4711 bob-17
      ivskit revoke show --viewers-in refunded.txt --yes
      ivskit revoke --manifest s3://our-bucket/viewers.csv --reason "leaked tokens"
    """
    from ivskit.commands import RevokeViewers
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.sending import issue, send

    ids = [*viewers, *_listed_in(viewers_in)]
    ways = [way for way in (ids, audience, manifest) if way]
    if (channel is None) == (manifest is None) or len(ways) != 1:
        raise WrongUsage("revoke takes a CHANNEL with viewers or --audience, or --manifest alone")
    arns = [found.arn for found in find_all([channel] if channel else [], stage=how.stage)]
    command = issue(
        RevokeViewers,
        how,
        channel_arns=arns if ids else None,
        viewer_ids=ids or None,
        audience_of=arns if audience else None,
        manifest=manifest,
    )
    return send(command, [], how, ask=_question(ids, manifest or channel))


def _listed_in(file: Path | None) -> Sequence[str]:
    if file is None:
        return ()
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeError) as error:
        raise WrongUsage(f"{file}: {getattr(error, 'strerror', 'is not UTF-8')}") from error
    return list(dict.fromkeys(filter(None, lines)))


def _question(ids: Sequence[str], of: str | None) -> str | None:
    if 0 < len(ids) <= ASKED_ABOVE:
        return None
    who = f"{len(ids):,} viewers" if ids else "All viewers"
    return f"{who} of {of} lose their streams, and nobody can take that back. Revoke them?"
