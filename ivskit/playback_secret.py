"""The secret that holds the current playback key pair, as its readers find it.

{"playbackKeyArn": "arn:aws:ivs:...:playback-key/...", "publicKey": "-----BEGIN PUBLIC KEY-----
...", "privateKey": "-----BEGIN PRIVATE KEY-----...", "madeAt": "2026-11-20T16:47:31Z"}
"""

from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr, field_serializer
from pydantic.alias_generators import to_camel


class StoredPair(BaseModel):
    """A key pair in PEM; without an ARN while it is not imported yet."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        hide_input_in_errors=True,
        defer_build=True,
    )
    playback_key_arn: str | None = None
    public_key: str
    private_key: SecretStr
    made_at: AwareDatetime

    @field_serializer("private_key", when_used="json")
    def _in_plain(self, key: SecretStr) -> str:
        return key.get_secret_value()

    @classmethod
    def read(cls, text: str) -> Self:
        """The pair in a secret's text; raises pydantic's ValidationError, without the text."""
        return cls.model_validate_json(text)

    def text(self) -> str:
        """The secret's text, with the private key in plain."""
        return self.model_dump_json(by_alias=True, exclude_none=True)
