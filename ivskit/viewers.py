"""A viewer of a channel, as the API names one; imports nothing from AWS."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Viewer:
    """A viewer of a channel: an id of 1 to 40 characters, and the highest session version.

    Versions are 0 to 2,147,483,647: Unix seconds fit until 2038, milliseconds do not. A token
    without a version has 0.
    """

    channel_arn: str
    viewer_id: str
    up_to_version: int = 0
