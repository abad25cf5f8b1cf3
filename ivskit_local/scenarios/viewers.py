"""The viewers of a scenario: their tokens, and whether they may watch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from joserfc.jwk import ECKey

from ivs_emulator import playback
from ivskit import tokens
from ivskit.audience import Audience
from ivskit.errors import NotFound
from ivskit.token_issuer import TokenIssuer
from ivskit_local.runtime.world import World

_LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True)
class _Issued:
    """A token, which is a secret while it is valid, and when it was issued."""

    channel: str
    viewer: str
    at: datetime
    text: str


class Viewers:
    """Issues tokens with the pair of the stage, before its first rotation with one of its own.

    An audience records them if the app has one.
    """

    def __init__(self, world: World, *, stage: str, audience: str | None) -> None:
        self._world = world
        self._audience = Audience(world.client("dynamodb"), table=audience) if audience else None
        self._issuer = TokenIssuer(
            world.client("secretsmanager"), stage=stage, audience=self._audience
        )
        self._issued: list[_Issued] = []

    def issue(self, channel: str, arn: str, viewer: str, *, version: int | None) -> None:
        """Issue a token to one viewer of a channel."""
        now = self._world.now
        self._issued.append(_Issued(channel, viewer, now, self._token(arn, viewer, version, now)))

    def verdicts(self, channel: str, viewer: str) -> Sequence[playback.Verdict]:
        """Whether IVS admits each of the viewer's tokens, as if it were used when it was issued."""
        theirs = (each for each in self._issued if (each.channel, each.viewer) == (channel, viewer))
        return [
            playback.judge(self._world.ivs, playback.Viewing(token=each.text), each.at)
            for each in theirs
        ]

    @property
    def tokens(self) -> Sequence[str]:
        """All that were issued."""
        return [each.text for each in self._issued]

    @cached_property
    def _own_key(self) -> str:
        """The private key of a pair that the application has imported itself."""
        key = ECKey.generate_key("P-384", private=True)
        public = key.as_pem(private=False).decode()
        self._world.client("ivs").import_playback_key_pair(publicKeyMaterial=public)
        return key.as_pem(private=True).decode()

    def _token(self, arn: str, viewer: str, version: int | None, now: datetime) -> str:
        try:
            return self._issuer.issue(
                channel_arn=arn, viewer_id=viewer, now=now, viewer_session_version=version
            )
        except NotFound:
            return self._signed(self._own_key, arn, viewer, version, now)

    def _signed(self, key: str, arn: str, viewer: str, version: int | None, now: datetime) -> str:
        if self._audience:
            return tokens.issue(
                self._audience,
                key,
                channel_arn=arn,
                viewer_id=viewer,
                now=now,
                viewer_session_version=version,
            )
        return tokens.sign(
            key,
            channel_arn=arn,
            viewer_id=viewer,
            viewer_session_version=int(now.timestamp()) if version is None else version,
            expires_at=now + _LIFETIME,
            now=now,
        )
