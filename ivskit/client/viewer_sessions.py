"""Viewer sessions of private channels: IVS cannot list them, only revoke them.

Source: IVS Low-Latency Streaming API reference, User Guide "Setting Up Private Channels", and
service quotas. A revocation covers sessions whose token names the viewer and has a session version
up to the given one; it does nothing on a channel that is not private.
"""

from ivskit.viewers import Viewer

__all__ = ["Viewer"]
