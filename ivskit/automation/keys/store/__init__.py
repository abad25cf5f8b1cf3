"""The store that new stream keys are delivered to, as the setting `keys.store` says.

store = open_store(settings, partial(boto3.client), stage="dev", key=None)
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
    """Holds a copy of each channel's key."""

    def prove_writable(self, channel_arn: str) -> None:
        """Check that the copy can be written, before the old key is deleted.

        Raises StoreRefused; the channel is unchanged then.
        """

    def holds(self, channel_arn: str, version: str | None) -> bool:
        """Whether a reader still gets this version."""

    def deliver(self, channel: Channel, key: StreamKey, *, anew_for: str = "") -> str | None:
        """Store the key for readers, and return its version; a repeat is harmless.

        anew_for: the cause of delivering a key again that was delivered before.
        """

    def page(self, token: str | None) -> StoredKeys:
        """The channels whose keys are held, about a hundred; None or a bad token begins anew."""

    def delete(self, channel_arn: str) -> None:
        """Delete the channel's key; where the service allows, it can be restored for 30 days."""


class Nowhere:
    """No copy anywhere: applications that need a key call GetStreamKey."""

    def prove_writable(self, channel_arn: str) -> None:
        """There is nothing to write."""

    def holds(self, channel_arn: str, version: str | None) -> bool:
        """Always true: nothing can have been lost."""
        return True

    def deliver(self, channel: Channel, key: StreamKey, *, anew_for: str = "") -> None:
        """Nothing is stored."""

    def page(self, token: str | None) -> StoredKeys:
        """Nothing is held."""
        return StoredKeys()

    def delete(self, channel_arn: str) -> None:
        """There is nothing to delete."""


def open_store(
    settings: KeySettings, make_client: Callable[[str], Any], *, stage: str, key: str | None
) -> Store:
    """The store of the settings, with a client for its service.

    key: the ARN of the KMS key that encrypts what is stored; None is the service's own.
    """
    match settings.store:
        case "secretsmanager":
            return SecretStore(make_client("secretsmanager"), stage=stage, key=key)
        case "ssm":
            return ParameterStore(make_client("ssm"), stage=stage, key=key)
        case "none":
            return Nowhere()
