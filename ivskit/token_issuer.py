"""Issues playback tokens signed with the current key pair of a stage, which ivskit replaces."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ivskit import names
from ivskit.arguments import aware
from ivskit.errors import FROM_BOTOCORE, NotFound, translate
from ivskit.playback_secret import StoredPair
from ivskit.tokens import TokenRefused, issue, sign

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from ivskit.audience import Audience

_LONGEST = timedelta(seconds=names.PLAYBACK_READ_SECONDS)


@dataclass(frozen=True)
class _Read:
    pair: StoredPair
    at: datetime


class TokenIssuer:
    """Signs with the newest pair of the store, so that a rotation needs no change of the caller.

        issuer = TokenIssuer(boto3.client("secretsmanager"), stage="prod")
        token = issuer.issue(channel_arn=arn, viewer_id="viewer-1", now=now)

    The pair is read from the secret when it was read `read_every` ago, at most five minutes: the
    former pair is deleted that long after its longest token. While Secrets Manager fails, the last
    one is used until it is five minutes old. An instance may be shared by threads.
    """

    def __init__(
        self,
        secrets: "SecretsManagerClient",
        *,
        stage: str = "dev",
        audience: "Audience | None" = None,
        read_every: timedelta = timedelta(minutes=1),
    ) -> None:
        if not timedelta() <= read_every <= _LONGEST:
            raise ValueError(f"read_every: must be 0 s to {_LONGEST}, not {read_every}")
        self._secrets = secrets
        self._secret = names.playback_secret(stage)
        self._audience = audience
        self._read_every = read_every
        self._last: _Read | None = None

    def issue(
        self,
        *,
        channel_arn: str,
        viewer_id: str,
        now: datetime,
        lifetime: timedelta = timedelta(minutes=5),
        viewer_session_version: int | None = None,
        **claims: Any,
    ) -> str:
        """A token for one viewer, who is recorded in the audience, if there is one.

        Arguments are those of `ivskit.tokens.issue`. Raises TokenRefused for what IVS would refuse,
        ValueError for a time without a zone, IvsError where the pair cannot be read: NotFound
        before the first rotation.
        """
        key = self._private_key(now)
        about = {"channel_arn": channel_arn, "viewer_id": viewer_id, "now": now, **claims}
        if self._audience is not None:
            version = viewer_session_version
            return issue(
                self._audience, key, lifetime=lifetime, viewer_session_version=version, **about
            )
        second = int(now.timestamp())
        version = second if viewer_session_version is None else viewer_session_version
        return sign(key, expires_at=now + lifetime, viewer_session_version=version, **about)

    def sign(self, *, channel_arn: str, expires_at: datetime, now: datetime, **claims: Any) -> str:
        """A token with or without a viewer id; arguments and errors as above."""
        key = self._private_key(now)
        return sign(key, channel_arn=channel_arn, expires_at=expires_at, now=now, **claims)

    def playback_key_arn(self, now: datetime) -> str | None:
        """The pair that signs now."""
        return self._pair(now).playback_key_arn

    def forget(self) -> None:
        """Read the pair anew for the next token.

        For the outcome Playback Key Rotated, or when IVS refuses a token that was just signed.
        """
        self._last = None

    def _private_key(self, now: datetime) -> str:
        return self._pair(now).private_key.get_secret_value()

    def _pair(self, now: datetime) -> StoredPair:
        last, age = self._last, self._age(now)
        if last is not None and age is not None and age < self._read_every:
            return last.pair
        try:
            read = _Read(self._read(), now)
        except FROM_BOTOCORE as error:
            if last is not None and age is not None and age < _LONGEST:
                return last.pair
            raise translate(error, "GetSecretValue") from error
        self._last = read
        return read.pair

    def _age(self, now: datetime) -> timedelta | None:
        aware(now, field="now")
        return abs(now - self._last.at) if self._last is not None else None

    def _read(self) -> StoredPair:
        try:
            found = self._secrets.get_secret_value(SecretId=self._secret)
        except self._secrets.exceptions.ResourceNotFoundException as error:
            raise NotFound(
                f"there is no pair in the secret {self._secret}: rotate the playback key once"
            ) from error
        try:
            return StoredPair.read(found["SecretString"])
        except ValidationError:
            raise TokenRefused(f"the secret {self._secret} holds no key pair") from None
