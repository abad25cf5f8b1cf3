"""Tags, on every kind of resource alike.

Source: IVS Low-Latency Streaming API reference. A resource has at most 50 tags; a key has 1 to 128
characters, a value 0 to 256, of letters, digits, spaces and `_ . : / = + - @`; keys that begin
with `aws:` are AWS's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ivskit.arguments import texts

if TYPE_CHECKING:
    from ivskit.client.api import Api


class AllTags:
    """Calls about tags."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def of(self, arn: str) -> Mapping[str, str]:
        """The resource's tags.

        ListTagsForResource, 10 calls a second. Raises NotFound.
        """
        tags: Mapping[str, str] = self._api.call("ListTagsForResource", resourceArn=arn)["tags"]
        return tags

    def add(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set these tags, and leave the resource's others alone.

        TagResource, 10 calls a second. Raises NotFound, and Invalid beyond 50 in all.
        """
        self._api.call("TagResource", resourceArn=arn, tags=tags)

    def remove(self, arn: str, keys: str | Iterable[str]) -> None:
        """Remove these tags, or the one given.

        UntagResource, 10 calls a second, 50 keys a call. Raises NotFound.
        """
        self._api.call("UntagResource", resourceArn=arn, tagKeys=texts(keys))
