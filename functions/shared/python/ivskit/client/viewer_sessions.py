"""Viewer sessions of private channels: IVS cannot list them, only revoke them.

Source: IVS Low-Latency Streaming API reference, User Guide "Setting Up Private Channels", and
service quotas. A revocation covers sessions whose token names the viewer and has a session version
up to the given one; it does nothing on a channel that is not private.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Viewer:
    """A viewer of a channel, by an id of 1 to 40 characters, with the versions up to one.

    Versions are 0 to 2,147,483,647: Unix seconds fit until 2038, milliseconds do not. A token
    without a version has 0.
    """

    channel_arn: str
    viewer_id: str
    up_to_version: int = 0
