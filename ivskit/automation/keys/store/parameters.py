"""One SecureString parameter per channel in the parameter store of AWS Systems Manager."""

import json
from contextlib import suppress
from typing import Any

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

# How many pages of ten are read at a time.
_PAGES = 10


class ParameterStore:
    """The parameters of one stage's channels.

    The service has no client tokens: a key that is delivered twice after a crash takes two versions
    with the same text, and the outcome names the newer one.
    """

    def __init__(self, client: Any, *, stage: str, key: str | None) -> None:
        self._client = client
        # Each version is under the key that it is written with.
        self._encryption = {} if key is None else {"KeyId": key}
        self._prefix = names.key_parameter_prefix(stage)

    def name(self, channel_arn: str) -> str:
        """The name of the channel's parameter."""
        return self._prefix + resource_id(channel_arn)

    def prove_writable(self, channel_arn: str) -> None:
        """Check that the parameter exists, and would not store a key in plain text."""
        name = self.name(channel_arn)
        with translated(f"the parameter {name}"):
            found = self._find(name)
            if found is None:
                self._create(name, channel_arn)
            elif found["Type"] != "SecureString":
                raise StoreRefused(
                    f"the parameter {name} is a {found['Type']} and not a SecureString"
                )

    def holds(self, channel_arn: str, version: str | None) -> bool:
        """Whether this version is the newest."""
        name = self.name(channel_arn)
        with translated(f"the parameter {name}"):
            found = self._find(name)
        return found is not None and str(found["Version"]) == version

    def deliver(self, channel: Channel, key: StreamKey, *, anew_for: str = "") -> str:
        """Make the key the parameter's newest version, and return the version's number."""
        name = self.name(channel.arn)
        with translated(f"the parameter {name}"):
            answer = self._client.put_parameter(
                Name=name,
                Type="SecureString",
                Value=copy_of(channel, key),
                Overwrite=True,
                **self._encryption,
            )
        return str(answer["Version"])

    def page(self, token: str | None) -> StoredKeys:
        """Some pages of the stage's parameters; the service gives ten at a time."""
        arns: list[str] = []
        for _ in range(_PAGES):
            page = self._ten(token)
            arns += (
                arn_of_channel(each["ARN"], each["Name"].removeprefix(self._prefix))
                for each in page["Parameters"]
            )
            token = page.get("NextToken")
            if token is None:
                break
        return StoredKeys(tuple(arns), token)

    def _ten(self, token: str | None) -> Any:
        asked = {"NextToken": token} if token else {}
        with translated(f"the parameters {self._prefix}*"):
            try:
                return self._client.get_parameters_by_path(
                    Path=self._prefix.rstrip("/"), MaxResults=10, WithDecryption=False, **asked
                )
            except self._client.exceptions.InvalidNextToken:
                return self._ten(None)

    def delete(self, channel_arn: str) -> None:
        """Delete the channel's parameter, for good."""
        name = self.name(channel_arn)
        with (
            translated(f"the parameter {name}"),
            suppress(self._client.exceptions.ParameterNotFound),
        ):
            self._client.delete_parameter(Name=name)

    def _find(self, name: str) -> Any:
        try:
            return self._client.get_parameter(Name=name, WithDecryption=False)["Parameter"]
        except self._client.exceptions.ParameterNotFound:
            return None

    def _create(self, name: str, channel_arn: str) -> None:
        """A parameter cannot be empty: until a key is delivered it holds the channel's ARN."""
        with suppress(self._client.exceptions.ParameterAlreadyExists):
            self._client.put_parameter(
                Name=name,
                Type="SecureString",
                Value=json.dumps({"channelArn": channel_arn}),
                Description=f"Stream key of {channel_arn}, kept by ivskit",
                Tags=[{"Key": "ivskit:channel", "Value": resource_id(channel_arn)}],
                **self._encryption,
            )
