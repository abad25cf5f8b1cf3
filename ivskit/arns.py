"""The ARNs of IVS resources, as checked types.

Channel and key ids are 12 alphanumerics today and were UUIDs in older samples, so only the
alphabet is checked (API reference, botocore model of 2020-07-14).
"""

import re
from typing import Annotated

from pydantic import StringConstraints

_ID = r"[a-zA-Z0-9-]+"
_PREFIX = r"^arn:aws[a-z-]*:ivs:[a-z0-9-]+:[0-9]{12}:"

# The limit of every ARN in IVS's model, and of a message group id in SQS.
_LONGEST = 128

# One of AWS's own samples carries a trailing blank: strip before checking.
ChannelArn = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=_LONGEST, pattern=rf"{_PREFIX}channel/{_ID}$"
    ),
]
StreamKeyArn = Annotated[str, StringConstraints(pattern=rf"{_PREFIX}stream-key/{_ID}$")]
PlaybackKeyArn = Annotated[str, StringConstraints(pattern=rf"{_PREFIX}playback-key/{_ID}$")]
RestrictionPolicyArn = Annotated[
    str, StringConstraints(pattern=rf"{_PREFIX}playback-restriction-policy/{_ID}$")
]
StreamId = Annotated[str, StringConstraints(pattern=r"^st-[a-zA-Z0-9]+$", max_length=26)]


def resource_id(arn: str) -> str:
    """The part after the last slash: the id of a channel, a key and so on."""
    return re.split("[:/]", arn)[-1]
