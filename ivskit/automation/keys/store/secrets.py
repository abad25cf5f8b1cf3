"""One secret per channel in AWS Secrets Manager."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypedDict
from uuid import NAMESPACE_URL, uuid5

from ivskit import names
from ivskit.arns import resource_id
from ivskit.automation.keys.store.copies import (
    StoredKeys,
    StoreRefused,
    arn_of_channel,
    copy_of,
    translated,
)
from ivskit.client.channels import Channel
from ivskit.client.stream_keys import StreamKey

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class _Encryption(TypedDict, total=False):
    KmsKeyId: str


# The service's maximum of either.
_PAGE, _RECOVERY_DAYS = 100, 30


class SecretStore:
    """The secrets of one stage's channels."""

    def __init__(self, client: "SecretsManagerClient", *, stage: str, key: str | None) -> None:
        self._client = client
        self._encryption: _Encryption = {} if key is None else {"KmsKeyId": key}
        self._prefix = names.secret_prefix(stage)

    def name(self, channel_arn: str) -> str:
        """The name of the channel's secret."""
        return self._prefix + resource_id(channel_arn)

    def prove_writable(self, channel_arn: str) -> None:
        """Check that the secret can be written, before the old key is deleted.

        A secret under another KMS key moves to the one of the settings, with the value that it has.
        """
        name = self.name(channel_arn)
        with translated(f"the secret {name}"):
            secret = self._find(name)
            if secret is None:
                self._create(name, channel_arn)
            elif "DeletedDate" in secret:
                raise StoreRefused(f"the secret {name} is scheduled for deletion")
            elif self._is_under_another_key(secret):
                self._client.update_secret(SecretId=name, **self._encryption)

    def holds(self, channel_arn: str, version: str | None) -> bool:
        """Whether a reader of the secret still gets this version."""
        name = self.name(channel_arn)
        with translated(f"the secret {name}"):
            secret = self._find(name)
        if secret is None:
            return False
        stages = secret.get("VersionIdsToStages", {}).get(version or "", [])
        return "AWSCURRENT" in stages and "DeletedDate" not in secret

    def deliver(self, channel: Channel, key: StreamKey, *, anew_for: str = "") -> str:
        """Make the key the secret's current version, and return the version's id.

        The version's id is a hash of the key's ARN, so that delivering twice is harmless; and of
        the cause for which a key is delivered again, since a version is never written twice.
        """
        name = self.name(channel.arn)
        with translated(f"the secret {name}"):
            return self._client.put_secret_value(
                SecretId=name,
                ClientRequestToken=str(uuid5(NAMESPACE_URL, key.arn + anew_for)),
                SecretString=copy_of(channel, key),
            )["VersionId"]

    def page(self, token: str | None) -> StoredKeys:
        """A page of the stage's secrets, without those that are scheduled for deletion."""
        asked = {"NextToken": token} if token else {}
        with translated(f"the secrets {self._prefix}*"):
            try:
                page = self._client.list_secrets(
                    Filters=[{"Key": "name", "Values": [self._prefix]}],
                    MaxResults=_PAGE,
                    **asked,  # type: ignore[arg-type]  # the stubs know no optional arguments
                )
            except self._client.exceptions.InvalidNextTokenException:
                return self.page(None)
        kept = [each for each in page["SecretList"] if each["Name"].startswith(self._prefix)]
        arns = (
            arn_of_channel(each["ARN"], each["Name"].removeprefix(self._prefix)) for each in kept
        )
        return StoredKeys(tuple(arns), page.get("NextToken"))

    def delete(self, channel_arn: str) -> None:
        """Schedule the channel's secret for deletion; until then it can be restored."""
        name = self.name(channel_arn)
        with translated(f"the secret {name}"):
            secret = self._find(name)
            if secret is not None and "DeletedDate" not in secret:
                self._client.delete_secret(SecretId=name, RecoveryWindowInDays=_RECOVERY_DAYS)

    def _find(self, name: str) -> Mapping[str, Any] | None:
        try:
            return self._client.describe_secret(SecretId=name)
        except self._client.exceptions.ResourceNotFoundException:
            return None

    def _is_under_another_key(self, secret: Mapping[str, Any]) -> bool:
        """The service names a key by its ARN or its id, and its own key not at all."""
        wanted = self._encryption.get("KmsKeyId")
        return wanted is not None and not wanted.endswith(secret.get("KmsKeyId") or "no key")

    def _create(self, name: str, channel_arn: str) -> None:
        with suppress(self._client.exceptions.ResourceExistsException):
            self._client.create_secret(
                Name=name,
                Description=f"Stream key of {channel_arn}, kept by ivskit",
                Tags=[{"Key": "ivskit:channel", "Value": resource_id(channel_arn)}],
                **self._encryption,
            )
