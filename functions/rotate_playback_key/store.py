"""The secret of the current playback key pair.

A pair is stored before it is imported, as a pending version that its readers do not get; so no
crash loses the private key of an imported pair.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from ivskit import names
from ivskit.automation.keys.store.copies import StoreRefused, translated
from ivskit.playback_secret import StoredPair

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_CURRENT, _PENDING = "AWSCURRENT", "AWSPENDING"


class PairStore:
    """The secret of one stage; key: the ARN of the KMS key that encrypts it, or None."""

    def __init__(self, client: "SecretsManagerClient", *, stage: str, key: str | None) -> None:
        self._client = client
        self._encryption: Any = {} if key is None else {"KmsKeyId": key}
        self._name = names.playback_secret(stage)
        self._what = f"the secret {self._name}"

    def prove_writable(self) -> None:
        """Check that the secret can be written, and create it where there is none.

        A secret under another KMS key moves to the one of the settings.
        """
        with translated(self._what):
            secret = self._find()
            if secret is None:
                self._create()
            elif "DeletedDate" in secret:
                raise StoreRefused(f"{self._what} is scheduled for deletion")
            elif self._is_under_another_key(secret):
                self._client.update_secret(SecretId=self._name, **self._encryption)

    def current(self) -> str | None:
        """The version that readers get, or None."""
        with translated(self._what):
            stages = (self._find() or {}).get("VersionIdsToStages", {})
        return next((version for version, labels in stages.items() if _CURRENT in labels), None)

    def read(self, version: str) -> StoredPair | None:
        """The pair that was stored as this version, or None."""
        with translated(self._what):
            try:
                found = self._client.get_secret_value(SecretId=self._name, VersionId=version)
            except self._client.exceptions.ResourceNotFoundException:
                return None
        return StoredPair.read(found["SecretString"])

    def put_pending(self, version: str, pair: StoredPair) -> None:
        """Store the pair as this version, which readers do not get."""
        with translated(self._what):
            self._client.put_secret_value(
                SecretId=self._name,
                ClientRequestToken=version,
                SecretString=pair.text(),
                VersionStages=[_PENDING],
            )

    def make_current(self, pair: StoredPair, *, anew_for: str = "") -> str:
        """Let readers get the imported pair, and return the version's id; a repeat is harmless.

        anew_for: the cause of doing so again, since a version is never written twice.
        """
        with translated(self._what):
            return self._client.put_secret_value(
                SecretId=self._name,
                ClientRequestToken=str(uuid5(NAMESPACE_URL, f"{pair.playback_key_arn}{anew_for}")),
                SecretString=pair.text(),
                VersionStages=[_CURRENT, _PENDING],
            )["VersionId"]

    def _find(self) -> Mapping[str, Any] | None:
        try:
            return self._client.describe_secret(SecretId=self._name)
        except self._client.exceptions.ResourceNotFoundException:
            return None

    def _is_under_another_key(self, secret: Mapping[str, Any]) -> bool:
        """The service names a key by its ARN or its id, and its own key not at all."""
        wanted = self._encryption.get("KmsKeyId")
        return wanted is not None and not wanted.endswith(secret.get("KmsKeyId") or "no key")

    def _create(self) -> None:
        with suppress(self._client.exceptions.ResourceExistsException):
            self._client.create_secret(
                Name=self._name,
                Description="The key pair that signs playback tokens, replaced by ivskit",
                **self._encryption,
            )
