"""The viewers that a command names, each with a version and at a stable position."""

from collections.abc import Iterator
from datetime import datetime
from itertools import product

from ivskit import commands, quotas
from ivskit.audience import Audience, Recorded
from ivskit.commands import RevokeViewers
from ivskit.errors import Invalid
from ivskit.jobs.records import Begun, Rejected
from ivskit.policy import SessionVersions
from ivskit.viewers import Viewer
from plan_revocation.manifest import Manifests

Position = tuple[int | str, ...]


class Sources:
    """Reads the viewers from each of the four ways to name them.

    The version that a viewer is revoked up to is always explicit: the one that the command gives,
    else the one recorded, else the second in which the command was issued, if versions are seconds.
    If the sender's clock is ahead, the time of arrival counts, so that no newer session is revoked.
    """

    def __init__(
        self, manifests: Manifests, audience: Audience | None, *, session_versions: SessionVersions
    ) -> None:
        self._manifests = manifests
        self._audience = audience
        self._are_seconds = session_versions == "unix-seconds"

    def version(self, command: RevokeViewers) -> str | None:
        """The version of the manifest; raises Invalid for one that cannot be read."""
        return self._manifests.version(command.manifest) if command.manifest else None

    def rows(
        self, command: RevokeViewers, begun: Begun
    ) -> Iterator[tuple[Position, Viewer | Rejected]]:
        """All named viewers in a stable order, at ascending positions."""
        until = min(command.issued_at, begun.at)
        if command.audience_of is not None:
            return self._recorded(self._kept(), command.audience_of, until)
        default = _second(until) if self._are_seconds else 0
        named = enumerate(self._named(command, begun.version))
        return (((number,), _versioned(row, default)) for number, row in named)

    def _named(
        self, command: RevokeViewers, version: str | None
    ) -> Iterator[commands.Viewer | Rejected]:
        if command.manifest is not None:
            return self._manifests.rows(command.manifest, version or "")
        if command.viewers is not None:
            return iter(command.viewers)
        every = product(command.channel_arns or (), command.viewer_ids or ())
        return (commands.Viewer(channel_arn=arn, viewer_id=viewer_id) for arn, viewer_id in every)

    def _kept(self) -> Audience:
        if self._audience is None:
            raise Invalid("audience_of: no audience is recorded; set revocation.audience to true")
        return self._audience

    def _recorded(
        self, audience: Audience, channel_arns: tuple[str, ...], until: datetime
    ) -> Iterator[tuple[Position, Viewer]]:
        for number, arn in enumerate(channel_arns):
            for recorded in audience.of(arn, now=until):
                viewer = self._older(recorded, _second(until))
                if viewer is not None:
                    yield (number, *recorded.position), viewer

    def _older(self, recorded: Recorded, until: int) -> Viewer | None:
        """The viewer, up to the newest version issued by then; None where it is unknown."""
        version = min(recorded.version, quotas.REVOCABLE_VERSION)
        if recorded.issued_at > until:
            if recorded.first_at > until or not self._are_seconds:
                return None
            version = min(version, until)
        return Viewer(recorded.channel_arn, recorded.viewer_id, version)


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _versioned(row: commands.Viewer | Rejected, default: int) -> Viewer | Rejected:
    if isinstance(row, Rejected):
        return row
    given = row.up_to_version
    return Viewer(row.channel_arn, row.viewer_id, default if given is None else given)
