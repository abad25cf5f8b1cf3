"""Where new stream keys are delivered: wherever the setting `keys.store` says.

store = open_store(settings, partial(boto3.client), stage="dev")
store.prove_writable(channel_arn)      before an old key is deleted
store.deliver(channel, key)
"""

from collections.abc import Callable
from typing import Any, Protocol

from ivskit.automation.keys.store.copies import StoredKeys
from ivskit.automation.keys.store.parameters import ParameterStore
from ivskit.automation.keys.store.secrets import SecretStore
from ivskit.client.channels import Channel
from ivskit.client.stream_keys import StreamKey
from ivskit.policy import KeySettings


class Store(Protocol):
    """What holds a copy of every channel's key, one for each channel."""

    def prove_writable(self, channel_arn: str) -> None:
        """See that the copy can be written, before an old key is deleted for it.

        Raises StoreRefused; then nothing was changed on the channel.
        """

    def holds(self, channel_arn: str, version: str | None) -> bool:
        """Whether this version is still what a reader gets."""

    def deliver(self, channel: Channel, key: StreamKey, *, anew_for: str = "") -> str | None:
        """Make the key what a reader gets, and return the version; twice is harmless.

        anew_for: the cause for which a key is delivered that was delivered before.
        """

    def page(self, token: str | None) -> StoredKeys:
        """The channels whose keys are held, about a hundred; None begins, as a bad token does."""

    def delete(self, channel_arn: str) -> None:
        """Give up the channel's key; where the service allows, it can be restored for 30 days."""


class Nowhere:
    """No copy anywhere: whoever needs a key asks IVS for it, by GetStreamKey."""

    def prove_writable(self, channel_arn: str) -> None:
        """There is nothing to write."""

    def holds(self, channel_arn: str, version: str | None) -> bool:
        """Nothing can have been lost."""
        return True

    def deliver(self, channel: Channel, key: StreamKey, *, anew_for: str = "") -> None:
        """Nobody gets it from here."""

    def page(self, token: str | None) -> StoredKeys:
        """Nothing is held."""
        return StoredKeys()

    def delete(self, channel_arn: str) -> None:
        """There is nothing to delete."""


def open_store(settings: KeySettings, make_client: Callable[[str], Any], *, stage: str) -> Store:
    """The store of the settings, with a client for its service."""
    match settings.store:
        case "secretsmanager":
            return SecretStore(make_client("secretsmanager"), stage=stage)
        case "ssm":
            return ParameterStore(make_client("ssm"), stage=stage)
        case "none":
            return Nowhere()
