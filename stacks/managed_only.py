"""Narrows the roles to the channels that ivskit manages, by their tag, if the settings say so."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam

from ivskit import names

from .event_function import EventFunction
from .settings import Settings

# The operations on a channel that change something, for it or for its viewers.
CHANGES = (
    "BatchStartViewerSessionRevocation",
    "PutMetadata",
    "StartViewerSessionRevocation",
    "StopStream",
    "TagResource",
    "UntagResource",
    "UpdateChannel",
)


def narrow(functions: Sequence[EventFunction], *, settings: Settings, channels: str) -> None:
    """Deny each role the changes that it may make, on channels without the tag of this stage.

    Reading stays allowed: what a channel's tags are is read from the channel. Keys carry no such
    tag, so nothing narrows DeleteStreamKey and the like. IAM compares no spaces and dashes away, as
    ivskit does: the tag must be spelled ivskit:managed.
    """
    if not settings.security.managed_only:
        return
    settings.check_managed_only()
    stage = [settings.stage]
    managed = stage if settings.policy.channels == "named" else ["true", *stage]
    for function in functions:
        changes = [f"ivs:{name}" for name in CHANGES if name in function.ivs_operations]
        if changes:
            function.role.add_to_policy(
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    actions=changes,
                    resources=[channels],
                    # Also true where the tag is missing.
                    conditions={
                        "StringNotEqualsIgnoreCase": {
                            f"aws:ResourceTag/{names.TAG_MANAGED}": managed
                        }
                    },
                )
            )
