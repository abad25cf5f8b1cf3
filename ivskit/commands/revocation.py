"""The commands about a bulk revocation."""

from typing import Annotated, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    StringConstraints,
    model_validator,
)

from ivskit import names, quotas
from ivskit.arns import ChannelArn
from ivskit.commands.command import LONGEST_ID, Command, one_way

# The id of the command, or of the stream, that began the revocation.
JobId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)]
ViewerId = Annotated[str, StringConstraints(min_length=1, max_length=quotas.VIEWER_ID_CHARACTERS)]


def _no_truth(value: object) -> object:
    # Pydantic would read True as 1.
    if isinstance(value, bool):
        raise ValueError("takes a whole number, not True or False")  # noqa: TRY004 - pydantic passes on no TypeError
    return value


class Viewer(BaseModel):
    """A viewer session of a private channel: all versions up to the one given are revoked."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    channel_arn: ChannelArn
    viewer_id: ViewerId
    up_to_version: (
        Annotated[NonNegativeInt, Field(le=quotas.REVOCABLE_VERSION), BeforeValidator(_no_truth)]
        | None
    ) = None


class RevokeViewers(Command):
    """Revoke viewer sessions, named in one of four ways."""

    model_config = ConfigDict(
        json_schema_extra=one_way(
            {"viewers": "array"},
            {"channel_arns": "array", "viewer_ids": "array"},
            {"manifest": "string"},
            {"audience_of": "array"},
        )
    )
    detail_type = names.REVOKE_VIEWERS
    viewers: Annotated[tuple[Viewer, ...], Field(min_length=1)] | None = None
    channel_arns: Annotated[tuple[ChannelArn, ...], Field(min_length=1)] | None = None
    viewer_ids: Annotated[tuple[ViewerId, ...], Field(min_length=1)] | None = None
    manifest: Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9.-]{3,63}/.+$")] | None = None
    audience_of: Annotated[tuple[ChannelArn, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.channel_arns is None) != (self.viewer_ids is None):
            raise ValueError("channel_arns and viewer_ids go together: each viewer on each channel")
        ways = {name: getattr(self, name) for name in self._WAYS}
        given = [name for name, value in ways.items() if value is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(ways)}, not {given or 'none'}")
        return self

    _WAYS: ClassVar[tuple[str, ...]] = ("viewers", "viewer_ids", "manifest", "audience_of")


class CancelRevocation(Command):
    """Stop a revocation: viewers that are not revoked yet are skipped."""

    detail_type = names.CANCEL_REVOCATION
    job: JobId


class ResumeRevocation(Command):
    """Resume a revocation that was cancelled, or whose messages are in the dead-letter queue."""

    detail_type = names.RESUME_REVOCATION
    job: JobId
