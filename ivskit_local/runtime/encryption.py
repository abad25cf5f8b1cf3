"""What AWS has KMS do where a resource is encrypted with a customer's key, and for whom.

Nothing is encrypted on a laptop, but whoever may not use the key is refused as on AWS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.secretsmanager.models import FakeSecret, secretsmanager_backends

from ivskit_local.runtime.iam_policies import AccessRequest, Policy
from ivskit_local.runtime.permissions import Permission, Place

_ENCRYPT, _DECRYPT, _DATA_KEY = "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"
# By service and action; None stands for any other action that names an encrypted resource.
USES: Mapping[str, Mapping[str | None, Sequence[str]]] = {
    "dynamodb": {"DescribeTable": (), None: (_DECRYPT,)},
    "s3": {"GetObject": (_DECRYPT,), "PutObject": (_DATA_KEY,)},
    "secretsmanager": {
        "CreateSecret": (_DECRYPT, _DATA_KEY),
        "GetSecretValue": (_DECRYPT,),
        "PutSecretValue": (_DECRYPT, _DATA_KEY),
        "UpdateSecret": (_DECRYPT, _ENCRYPT, _DATA_KEY),
    },
    "sns": {"Publish": (_DECRYPT, _DATA_KEY)},
    "sqs": {"ReceiveMessage": (_DECRYPT,), "SendMessage": (_DECRYPT, _DATA_KEY)},
    "ssm": {"PutParameter": (_ENCRYPT,)},
}


@dataclass
class Keys:
    """The keys of the template: what they encrypt, by ARN, and their policies."""

    of: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)

    def add(self, more: "Keys") -> None:
        """Know the keys of another app too."""
        self.of.update(more.of)
        self.aliases.update(more.aliases)
        self.policies.update(more.policies)


class Encryption:
    """What KMS is asked for in one account and region."""

    def __init__(self, place: Place) -> None:
        self.keys = Keys()
        self._place = place

    def needed(self, permission: Permission, parameters: Mapping[str, Any]) -> list[Permission]:
        """What whoever makes this request also needs, on the key of the resource if it has one."""
        service, _, action = permission.action.partition(":")
        key = self._key(permission, parameters)
        uses = USES.get(service, {})
        if key is None:
            return []
        through = {"kms:viaservice": [f"{service}.{self._place.region}.amazonaws.com"]}
        return [Permission(use, key, through) for use in uses.get(action, uses.get(None, ()))]

    def admits(self, service: str, permission: Permission) -> bool:
        """Whether the key's policy lets an AWS service do this by itself.

        The policy of a key that is not in the template is taken to be right.
        """
        key = self._key(permission, {})
        policy = self.keys.policies.get(key or "")
        if key is None or policy is None:
            return True
        account = {"aws:sourceaccount": [self._place.account]}
        return all(
            policy.effect(AccessRequest(each.action, key, frozenset({service}), account)) == "Allow"
            for each in self.needed(permission, {})
        )

    def _key(self, permission: Permission, parameters: Mapping[str, Any]) -> str | None:
        service = permission.action.partition(":")[0]
        match service:
            case "secretsmanager":
                key = parameters.get("KmsKeyId") or self._key_of_secret(parameters)
            case "ssm":
                key = parameters.get("KeyId")
            case "s3":
                key = self.keys.of.get(permission.resource.partition("/")[0])
            case _:
                key = self.keys.of.get(permission.resource.partition("/index/")[0])
        return self.keys.aliases.get(key, key) if key is not None else None

    def _key_of_secret(self, parameters: Mapping[str, Any]) -> str | None:
        secrets = secretsmanager_backends[self._place.account][self._place.region].secrets
        secret = secrets.get(parameters.get("SecretId", ""))
        return secret.kms_key_id if isinstance(secret, FakeSecret) else None
