"""Playback tokens: a player with a good, a wrong, an expired and a revoked one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr

from ivskit_local.conform.place import Place, new_pair
from ivskit_local.conform.probe import READING, Group, Need, Source, page

GROUP = Group("tokens", Need.LIVE, Need.PLAYBACK, minutes=1)
TOKENS = page("private-channels-generate-tokens")
REVOCATION = page("private-channels-start-session-revocation")
# A revocation is started, and nobody says when it is done.
REVOKED_SECONDS = 60.0
SITE = "https://example.com"


def signed(
    place: Place,
    claims: Mapping[str, Any] | None = None,
    *,
    key: SecretStr | None = None,
    header: Any = None,
) -> str:
    """A token for the live channel, good for five minutes, unless claims say otherwise."""
    arn = place.live
    expires = int((place.around.now() + timedelta(minutes=5)).timestamp())
    said = {"aws:channel-arn": arn, "exp": expires, **(claims or {})}
    kept = {name: value for name, value in said.items() if value is not None}
    signer = ECKey.import_key((key or place.private_key).get_secret_value())
    algorithm = header or {"alg": "ES384", "typ": "JWT"}
    return jwt.encode(algorithm, kept, signer, algorithms=["ES384"])


def _with(claims: Mapping[str, Any] | None = None) -> Callable[[Place], str]:
    return lambda place: place.play(place.live, signed(place, claims))


def _expiring(
    *, ahead: timedelta, unit: int = 1, claims: Mapping[str, Any] | None = None
) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        exp = int((place.around.now() + ahead).timestamp()) * unit
        return place.play(place.live, signed(place, {"exp": exp, **(claims or {})}))

    return ask


PLAIN: dict[str, tuple[str, Source, str, Callable[[Place], str]]] = {
    "good": ("a good token opens a private channel", TOKENS, "plays", _with()),
    "none": (
        "a private channel needs a token",
        TOKENS,
        "refused",
        lambda place: place.play(place.live, None),
    ),
    "no-token": (
        "what is no token opens nothing",
        TOKENS,
        "refused",
        lambda place: place.play(place.live, "no-token"),
    ),
    "expired": (
        "a token that has expired opens nothing",
        TOKENS,
        "refused",
        _expiring(ahead=timedelta(minutes=-1)),
    ),
    "exp-missing": ("a token needs exp", TOKENS, "refused", _with({"exp": None})),
    "exp-in-milliseconds": (
        "exp is in seconds; one in milliseconds is refused",
        READING,
        "refused",
        _expiring(ahead=timedelta(minutes=5), unit=1000),
    ),
    "exp-far-ahead": (
        "a token without a viewer may expire in an hour",
        TOKENS,
        "plays",
        _expiring(ahead=timedelta(hours=1)),
    ),
    "viewer.9-minutes": (
        "a token with a viewer may expire in 9 minutes",
        TOKENS,
        "plays",
        _expiring(ahead=timedelta(minutes=9), claims={"aws:viewer-id": "nine"}),
    ),
    "viewer.11-minutes": (
        "a token with a viewer that expires in 11 minutes is refused",
        TOKENS,
        "refused",
        _expiring(ahead=timedelta(minutes=11), claims={"aws:viewer-id": "eleven"}),
    ),
    "viewer.40-characters": (
        "a viewer's id of 40 characters is taken",
        TOKENS,
        "plays",
        _with({"aws:viewer-id": "v" * 40}),
    ),
    "viewer.41-characters": (
        "a viewer's id of 41 characters is refused",
        TOKENS,
        "refused",
        _with({"aws:viewer-id": "v" * 41}),
    ),
    "resolution": (
        "aws:maximum-resolution is SD, HD or FULL_HD",
        TOKENS,
        "plays",
        _with({"aws:maximum-resolution": "HD"}),
    ),
    "resolution-unknown": (
        "another aws:maximum-resolution is refused",
        READING,
        "refused",
        _with({"aws:maximum-resolution": "4K"}),
    ),
    "claim-unknown": (
        "a claim of AWS's that there is not is refused",
        READING,
        "refused",
        _with({"aws:no-such-claim": True}),
    ),
    "claim-own": (
        "a claim of your own is ignored",
        READING,
        "plays",
        _with({"own": "claim"}),
    ),
    "typ-other": (
        "another typ than JWT is refused",
        READING,
        "refused",
        lambda place: place.play(
            place.live, signed(place, header={"alg": "ES384", "typ": "at+jwt"})
        ),
    ),
    "too-long": (
        "a token has at most 2 KB",
        page("service-quotas"),
        "refused",
        _with({"own": "x" * 2048}),
    ),
    "key-other": (
        "a token that another key signed opens nothing",
        TOKENS,
        "refused",
        lambda place: place.play(place.live, signed(place, key=new_pair()[1])),
    ),
    "channel-other": (
        "a token of another channel opens nothing",
        TOKENS,
        "refused",
        lambda place: place.play(place.live, signed(place, {"aws:channel-arn": place.idle})),
    ),
}
for _name, (_sentence, _source, _expected, _ask) in PLAIN.items():
    GROUP.add(_name, _sentence, _source, _expected, _ask)


@GROUP.probe(
    "single-use",
    "a token with a UUID for single use opens the channel once",
    TOKENS,
    "plays, then refused",
)
def _single_use(place: Place) -> str:
    token = signed(place, {"aws:single-use-uuid": str(uuid4())})
    return ", then ".join(place.play(place.live, token) for _ in range(2))


@GROUP.probe("used-twice", "another token opens it again", TOKENS, "plays, then plays")
def _used_twice(place: Place) -> str:
    token = signed(place)
    return ", then ".join(place.play(place.live, token) for _ in range(2))


def _from(origin: str | None, **claims: Any) -> Callable[[Place], str]:
    given = {"aws:access-control-allow-origin": SITE, **claims}
    return lambda place: place.play(place.live, signed(place, given), origin)


STRICT = {"aws:strict-origin-enforcement": True}
for _name, _sentence, _expected, _ask in (
    ("origin.same", "a browser of the allowed origin plays", "plays", _from(SITE)),
    (
        "strict.same",
        "with strict enforcement, a browser of the allowed origin plays",
        "plays",
        _from(SITE, **STRICT),
    ),
    (
        "strict.other",
        "with strict enforcement, another origin is refused",
        "refused",
        _from("https://other.example", **STRICT),
    ),
    (
        "strict.none",
        "with strict enforcement, a player without an origin is refused",
        "refused",
        _from(None, **STRICT),
    ),
    (
        "origin.none",
        "without strict enforcement, a player that is no browser plays",
        "plays",
        _from(None),
    ),
):
    GROUP.add(_name, _sentence, TOKENS, _expected, _ask)


def _revoked(viewer: str, version: int | None, up_to: int | None) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        claims: dict[str, Any] = {"aws:viewer-id": f"{viewer}-{time.monotonic_ns()}"}
        given: dict[str, Any] = {"viewerId": claims["aws:viewer-id"]}
        if version is not None:
            claims["aws:viewer-session-version"] = version
        if up_to is not None:
            given["viewerSessionVersionsLessThanOrEqualTo"] = up_to
        before = place.play(place.live, signed(place, claims))
        place.must("StartViewerSessionRevocation", channelArn=place.live, **given)

        def is_refused() -> bool:
            return place.play(place.live, signed(place, claims)) == "refused"

        took = place.until(is_refused, REVOKED_SECONDS)
        return f"{before}, then {'plays' if took is None else 'refused'}"

    return ask


for _name, _sentence, _expected, _ask in (
    (
        "revoked.no-version",
        "a revocation without a version revokes tokens without one",
        "plays, then refused",
        _revoked("none", None, None),
    ),
    (
        "revoked.same-version",
        "a revocation revokes the version that it names",
        "plays, then refused",
        _revoked("same", 5, 5),
    ),
    (
        "revoked.lower-version",
        "a revocation revokes lower versions than it names",
        "plays, then refused",
        _revoked("lower", 4, 5),
    ),
    (
        "revoked.higher-version",
        "a revocation leaves higher versions than it names",
        "plays, then plays",
        _revoked("higher", 6, 5),
    ),
    (
        "revoked.default",
        "a revocation without a version leaves tokens with one",
        "plays, then plays",
        _revoked("default", 1, None),
    ),
):
    GROUP.add(_name, _sentence, REVOCATION, _expected, _ask)


@GROUP.probe(
    "revoked.other-channel",
    "a revocation on one channel leaves the viewer alone on another",
    REVOCATION,
    "plays",
)
def _other_channel(place: Place) -> str:
    place.must("StartViewerSessionRevocation", channelArn=place.idle, viewerId="elsewhere")
    return place.play(place.live, signed(place, {"aws:viewer-id": "elsewhere"}))


@GROUP.probe(
    "revoked.for-good",
    "a revocation is permanent: a day later the viewer is still refused",
    READING,
    "refused",
    Need.ENCODER,
)
def _for_good(place: Place) -> str:
    place.must("StartViewerSessionRevocation", channelArn=place.live, viewerId="for-good")
    place.around.wait(86_400)
    return place.play(place.live, signed(place, {"aws:viewer-id": "for-good"}))


@GROUP.probe(
    "pair-deleted",
    "a token of a deleted pair opens nothing",
    page("private-channels-delete-keys"),
    "plays, then refused",
)
def _pair_deleted(place: Place) -> str:
    public, private = new_pair()
    arn = place.new("ImportPlaybackKeyPair", publicKeyMaterial=public)
    before = place.play(place.live, signed(place, key=private))
    place.must("DeletePlaybackKeyPair", arn=arn)

    def is_refused() -> bool:
        return place.play(place.live, signed(place, key=private)) == "refused"

    took = place.until(is_refused, REVOKED_SECONDS)
    return f"{before}, then {'plays' if took is None else 'refused'}"


@GROUP.probe("public", "a public channel needs no token", TOKENS, "plays")
def _public(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    return place.play(arn, None)


@GROUP.probe(
    "public.token",
    "a public channel does not look at tokens",
    READING,
    "plays",
)
def _public_with_a_token(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    return place.play(arn, "no-token")
