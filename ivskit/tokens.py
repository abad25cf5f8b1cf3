"""Signs and verifies playback tokens of private channels by the rules of IVS.

A token is a JWT signed with ES384 by a P-384 key whose public half is an imported playback key
pair; at most 2,048 bytes (IVS User Guide, "Generate and Sign IVS Playback Tokens"). The player
appends it to the playback URL as `?token=`.
This module needs `joserfc`, which `pip install "ivskit[tokens]"` installs.
"""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from ivskit import quotas
from ivskit.arguments import aware, pem, texts
from ivskit.arns import ChannelArn
from ivskit.private_keys import private_key_of

if TYPE_CHECKING:
    from ivskit.audience import Audience

ALGORITHM = "ES384"
# Unix seconds have ten digits for centuries to come; milliseconds have thirteen.
LATEST_EXP = 10**11
ORIGIN = re.compile(r"(https?://)?(\*|(\*\.?)?[A-Za-z0-9][A-Za-z0-9.-]*)(:[0-9]+)?")

_CHANNEL_ARN: TypeAdapter[str] = TypeAdapter(ChannelArn)

Resolution = Literal["SD", "HD", "FULL_HD"]
ReportingMode = Literal["CLIENT", "SERVER"]


class TokenRefused(Exception):
    """IVS would refuse this token; the message says why and contains no secret."""


def _uuid(value: str) -> str:
    UUID(value)
    return value


def _origins(value: str) -> str:
    for origin in value.split(","):
        if not ORIGIN.fullmatch(origin.strip()):
            raise ValueError(f'"{origin.strip()}" is not an origin{_hint(origin.strip())}')
    return value


def _hint(origin: str) -> str:
    """How to turn a URL into an origin, where this is one."""
    scheme, slashes, rest = origin.rpartition("://")
    without_path = f"{scheme}{slashes}{rest.partition('/')[0]}"
    return f': leave out the path, "{without_path}"' if ORIGIN.fullmatch(without_path) else ""


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"takes a whole number of Unix seconds, not {type(value).__name__}")  # noqa: TRY004 - pydantic passes on no TypeError
    if value >= LATEST_EXP:
        raise ValueError(f"takes Unix seconds; {value} looks like milliseconds")
    return value


def _small(value: str) -> str:
    if len(value.encode()) > quotas.ADS_PLAYER_PARAMS_BYTES:
        raise ValueError(f"must have at most {quotas.ADS_PLAYER_PARAMS_BYTES} bytes")
    return value


class PlaybackClaims(BaseModel):
    """The claims of a token that IVS reads, under its own names; other claims are ignored."""

    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True)

    channel_arn: str = Field(alias="aws:channel-arn")
    exp: Annotated[int, BeforeValidator(_seconds)] = Field(gt=0)
    allow_origin: Annotated[str, AfterValidator(_origins)] | None = Field(
        None, alias="aws:access-control-allow-origin"
    )
    strict_origin: bool = Field(False, alias="aws:strict-origin-enforcement")
    single_use_uuid: Annotated[str, AfterValidator(_uuid)] | None = Field(
        None, alias="aws:single-use-uuid"
    )
    viewer_id: str | None = Field(
        None, alias="aws:viewer-id", min_length=1, max_length=quotas.VIEWER_ID_CHARACTERS
    )
    viewer_session_version: int = Field(0, alias="aws:viewer-session-version", ge=0, le=2**63 - 1)
    maximum_resolution: Resolution | None = Field(None, alias="aws:maximum-resolution")
    ads_opt_out: bool = Field(False, alias="aws:ads-opt-out")
    ads_player_params: Annotated[str, AfterValidator(_small)] | None = Field(
        None, alias="aws:ads-player-params"
    )
    ads_playback_config_name: str | None = Field(None, alias="aws:ads-playback-config-name")
    ads_reporting_mode: ReportingMode | None = Field(None, alias="aws:ads-reporting-mode")

    @property
    def origins(self) -> list[str]:
        return [o.strip() for o in self.allow_origin.split(",")] if self.allow_origin else []

    @property
    def is_short_lived(self) -> bool:
        """Whether IVS limits how far ahead the token may expire."""
        return self.viewer_id is not None or self.single_use_uuid is not None

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, claims: Any) -> Any:
        known = {field.alias for field in cls.model_fields.values()}
        unknown = [name for name in claims if name.startswith("aws:") and name not in known]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: IVS knows no such claim")
        return claims

    @model_validator(mode="after")
    def _limit_strict_origins(self) -> "PlaybackClaims":
        if self.strict_origin and len(self.origins) > quotas.STRICT_ORIGINS_PER_TOKEN:
            raise ValueError(
                "aws:strict-origin-enforcement: allows at most"
                f" {quotas.STRICT_ORIGINS_PER_TOKEN} origins, not {len(self.origins)}"
            )
        return self


def sign(
    private_key: str | bytes,
    *,
    channel_arn: str,
    expires_at: datetime,
    now: datetime,
    viewer_id: str | None = None,
    viewer_session_version: int | None = None,
    single_use_uuid: UUID | None = None,
    allow_origins: str | Iterable[str] | None = (),
    strict_origin: bool = False,
    maximum_resolution: Resolution | None = None,
    ads_opt_out: bool = False,
    ads_player_params: str | None = None,
    ads_playback_config_name: str | None = None,
    ads_reporting_mode: ReportingMode | None = None,
) -> str:
    """A token that lets one viewer watch the channel, signed with a private key in PEM.

    The viewer must use it before `expires_at`, at most 10 minutes ahead with a viewer id (1 to 40
    characters, nothing personal) or a single-use UUID; playback that has begun continues. Only a
    viewer with an id can be revoked, up to a session version: give each session a higher one, such
    as its Unix seconds, at most 2,147,483,647. Origins, one or several, may begin with `*`, have no
    path, and are at most 5 where strict. Player parameters have at most 1,000 bytes. The key is
    text or bytes without a password; its line breaks may be written as `\\n`.

    Raises TokenRefused for what IVS would refuse, ValueError for a time without a zone.
    """
    aware(now, field="now")
    said = {
        "aws:channel-arn": _checked_arn(channel_arn),
        "exp": int(aware(expires_at, field="expires_at").timestamp()),
        "aws:viewer-id": viewer_id,
        "aws:viewer-session-version": viewer_session_version,
        "aws:single-use-uuid": single_use_uuid and str(single_use_uuid),
        "aws:access-control-allow-origin": _joined(allow_origins),
        "aws:strict-origin-enforcement": strict_origin or None,
        "aws:maximum-resolution": maximum_resolution,
        "aws:ads-opt-out": ads_opt_out or None,
        "aws:ads-player-params": ads_player_params,
        "aws:ads-playback-config-name": ads_playback_config_name,
        "aws:ads-reporting-mode": ads_reporting_mode,
    }
    claims = {name: value for name, value in said.items() if value is not None}
    checked = _claims(claims)
    _check_times(checked, now)
    _check_version(checked.viewer_session_version)
    return _checked_size(_encoded(claims, private_key))


def issue(
    audience: "Audience",
    private_key: str | bytes,
    *,
    channel_arn: str,
    viewer_id: str,
    now: datetime,
    lifetime: timedelta = timedelta(minutes=5),
    viewer_session_version: int | None = None,
    **claims: Any,
) -> str:
    """A token for one viewer, who is recorded in the audience and so can be revoked with it.

    The session version defaults to the Unix second of `now`; the setting
    `revocation.session_versions` says which versions you use. Other claims are those of `sign`.
    Raises TokenRefused for what IVS would refuse, ValueError for a time without a zone; a viewer
    who cannot be recorded gets no token.
    """
    second = int(aware(now, field="now").timestamp())
    version = second if viewer_session_version is None else viewer_session_version
    token = sign(
        private_key,
        channel_arn=channel_arn,
        viewer_id=viewer_id,
        viewer_session_version=version,
        expires_at=now + lifetime,
        now=now,
        **claims,
    )
    audience.record(channel_arn, viewer_id, version, now=now)
    return token


def verify(
    token: str | None, public_keys: str | bytes | Iterable[str | bytes], *, now: datetime
) -> PlaybackClaims:
    """The token's claims, if one of these public keys (PEM) verifies it and it has not expired.

    Raises TokenRefused, and ValueError for a time without a zone.
    """
    aware(now, field="now")
    if not isinstance(token, str):
        raise TokenRefused(f"the token must be a text, not {type(token).__name__}")
    claims = _claims(_signed(_checked_size(token), public_keys))
    _check_times(claims, now)
    return claims


def channel_of(token: str | None) -> str | None:
    """The channel that the token names; its signature is not checked."""
    if not isinstance(token, str):
        return None
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, RecursionError):
        return None
    arn = claims.get("aws:channel-arn") if isinstance(claims, dict) else None
    return arn if isinstance(arn, str) else None


def _joined(origins: str | Iterable[str] | None) -> str | None:
    given = [] if origins is None else texts(origins)
    # Blanks and line ends come from files and variables; no browser's origin has any.
    each = [origin.strip() for several in given for origin in _text(several).split(",")]
    return ",".join(each) if given else None


def _text(origin: object) -> str:
    if isinstance(origin, str):
        return origin
    raise TokenRefused(
        f"aws:access-control-allow-origin: an origin is a text, not {type(origin).__name__}"
    )


def _encoded(claims: dict[str, Any], private_key: str | bytes) -> str:
    key, wrong = private_key_of(private_key)
    if key is None:
        raise TokenRefused(f"the private key {wrong}")
    return jwt.encode({"alg": ALGORITHM, "typ": "JWT"}, claims, key, algorithms=[ALGORITHM])


def _checked_arn(channel_arn: str) -> str:
    try:
        return _CHANNEL_ARN.validate_python(channel_arn)
    except ValidationError:
        raise TokenRefused(f"aws:channel-arn: {channel_arn!r} is not a channel ARN") from None


def _checked_size(token: str) -> str:
    if not token.isascii():
        raise TokenRefused("the token has characters that no JWT has")
    if len(token) > quotas.TOKEN_BYTES:
        raise TokenRefused(f"the token has more than {quotas.TOKEN_BYTES} bytes")
    return token


def _signed(token: str, public_keys: str | bytes | Iterable[str | bytes]) -> dict[str, Any]:
    for key in texts(public_keys):
        try:
            decoded = jwt.decode(token, ECKey.import_key(pem(key)), algorithms=[ALGORITHM])
        except (JoseError, TypeError, ValueError, RecursionError):
            continue
        if decoded.header.get("typ") != "JWT":
            raise TokenRefused('the token\'s header has no "typ": "JWT"')
        return decoded.claims
    raise TokenRefused("no playback key of the account has signed this token with ES384")


def _claims(said: dict[str, Any]) -> PlaybackClaims:
    try:
        return PlaybackClaims.model_validate(said)
    except ValidationError as error:
        wrong = [
            ": ".join([*map(str, line["loc"]), line["msg"].removeprefix("Value error, ")])
            for line in error.errors(include_url=False, include_input=False)
        ]
        raise TokenRefused("; ".join(wrong)) from None


def _check_version(version: int) -> None:
    if version > quotas.REVOCABLE_VERSION:
        raise TokenRefused(
            f"aws:viewer-session-version: at most {quotas.REVOCABLE_VERSION}, or it could never be"
            f" revoked, not {version}; Unix seconds fit, milliseconds do not"
        )


def _check_times(claims: PlaybackClaims, now: datetime) -> None:
    left = claims.exp - now.timestamp()
    if left <= 0:
        raise TokenRefused("the token has expired")
    longest = quotas.TOKEN_SECONDS_WITH_VIEWER
    if claims.is_short_lived and left > longest:
        raise TokenRefused(
            f"exp: at most {longest} s ahead for a token with a viewer id or a single-use uuid"
        )
