"""Playback: tokens are really verified, and a revoked viewer stays out."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

import ivs_emulator
from ivs_emulator import playback
from ivs_emulator.playback import UsedTokens

from .conftest import NOW

Sign = Callable[..., str]


@pytest.fixture
def pair(ivs: Any, public_keys: list[str]) -> str:
    imported = ivs.import_playback_key_pair(publicKeyMaterial=public_keys[0])
    return str(imported["keyPair"]["arn"])


@pytest.fixture
def private(ivs: Any, pair: str) -> str:
    """A private channel."""
    return str(ivs.create_channel(authorized=True)["channel"]["arn"])


@pytest.fixture
def sign(private: str, private_keys: list[EllipticCurvePrivateKey]) -> Sign:
    pem = private_keys[0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = ECKey.import_key(pem)

    def token(**claims: Any) -> str:
        said = {"aws:channel-arn": private, "exp": int(NOW.timestamp()) + 600, **claims}
        header = {"alg": "ES384", "typ": "JWT"}
        return jwt.encode(header, said, key, algorithms=["ES384"])

    return token


def test_a_good_token_lets_in_and_a_late_one_does_not(
    backend: ivs_emulator.IVSBackend, clock: Any, sign: Sign
) -> None:
    token = sign(**{"aws:viewer-id": "v"})
    assert backend.play(token) == playback.Verdict(True, "the token is good")
    clock.pass_by(600)

    assert backend.play(token) == playback.Verdict(False, "the token has expired")


def test_a_private_channel_wants_a_token(backend: ivs_emulator.IVSBackend, private: str) -> None:
    verdict = backend.play(channel_arn=private)

    assert verdict.reason == "the channel is private, and there is no token"


def test_there_must_be_such_a_channel(backend: ivs_emulator.IVSBackend, sign: Sign) -> None:
    for verdict in (
        backend.play(),
        backend.play("nonsense"),
        backend.play(sign(**{"aws:channel-arn": "arn"})),
    ):
        assert verdict == playback.Verdict(False, "there is no such channel")


def jwt_part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("\ud800.a.b", "the token is no JWT, which is ASCII"),
        ("ä.ö.ü", "the token is no JWT, which is ASCII"),
        (
            ".".join(map(jwt_part, (b'{"alg": "ES384"}', b"[" * 5_000, b"x"))),
            "there is no such channel",
        ),
    ],
)
def test_what_is_no_token_lets_nobody_in(
    backend: ivs_emulator.IVSBackend, token: str, reason: str
) -> None:
    assert backend.play(token) == playback.Verdict(False, reason)


def test_a_token_of_another_private_channel_is_refused(
    ivs: Any, backend: ivs_emulator.IVSBackend, sign: Sign
) -> None:
    other = ivs.create_channel(authorized=True)["channel"]["arn"]

    verdict = backend.play(sign(), channel_arn=other)

    assert verdict.reason == "aws:channel-arn: is of another channel"


def test_a_revoked_viewer_is_refused_up_to_the_version_revoked(
    ivs: Any, backend: ivs_emulator.IVSBackend, private: str, sign: Sign
) -> None:
    def allowed(viewer: str, version: int) -> bool:
        claims = {"aws:viewer-id": viewer, "aws:viewer-session-version": version}
        return backend.play(sign(**claims)).allowed

    ivs.start_viewer_session_revocation(
        channelArn=private, viewerId="v", viewerSessionVersionsLessThanOrEqualTo=5
    )

    assert [allowed("v", 4), allowed("v", 5), allowed("v", 6)] == [False, False, True]
    assert allowed("w", 5)
    assert backend.play(sign()).allowed


def test_revoking_with_the_default_version_does_not_hit_versions_made_of_time(
    ivs: Any, backend: ivs_emulator.IVSBackend, private: str, sign: Sign
) -> None:
    claims = {"aws:viewer-id": "v", "aws:viewer-session-version": int(NOW.timestamp())}
    ivs.start_viewer_session_revocation(channelArn=private, viewerId="v")

    assert backend.play(sign(**claims)).allowed
    assert not backend.play(sign(**{"aws:viewer-id": "v"})).allowed


def test_a_deleted_key_pair_vouches_for_nobody(
    ivs: Any, backend: ivs_emulator.IVSBackend, pair: str, sign: Sign
) -> None:
    ivs.delete_playback_key_pair(arn=pair)

    assert not backend.play(sign()).allowed


def test_a_single_use_token_lets_in_once(backend: ivs_emulator.IVSBackend, sign: Sign) -> None:
    token = sign(**{"aws:single-use-uuid": "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e115"})

    assert backend.play(token).allowed
    assert backend.play(token).reason == "aws:single-use-uuid: has been used"


@pytest.mark.parametrize(
    ("origins", "origin", "strict", "allowed"),
    [
        ("https://example.com", "https://example.com", False, True),
        ("https://example.com", "https://example.org", False, False),
        ("https://example.com", None, False, True),
        ("https://example.com", None, True, False),
        ("a.example,*.example.com", "https://www.example.com", False, True),
        ("*", "https://www.example.com", True, True),
        ("https://*.example.com", "http://www.example.com", False, False),
    ],
)
def test_a_token_may_tie_a_browser_to_origins(
    backend: ivs_emulator.IVSBackend,
    sign: Sign,
    origins: str,
    origin: str | None,
    strict: bool,
    allowed: bool,
) -> None:
    token = sign(
        **{
            "aws:access-control-allow-origin": origins,
            "aws:strict-origin-enforcement": strict,
        }
    )

    assert backend.play(token, origin=origin).allowed is allowed


@pytest.mark.parametrize(
    ("viewing", "allowed"),
    [
        ({"country": "DE", "origin": "https://example.com"}, True),
        ({"country": "FR", "origin": "https://example.com"}, False),
        ({"country": "DE", "origin": "https://example.org"}, False),
        ({"country": "DE"}, True),
    ],
)
def test_a_public_channel_is_restricted_by_its_policy_and_a_private_one_is_not(
    ivs: Any, backend: ivs_emulator.IVSBackend, sign: Sign, viewing: dict[str, str], allowed: bool
) -> None:
    policy = ivs.create_playback_restriction_policy(
        allowedCountries=["DE"], allowedOrigins=["https://example.com"]
    )["playbackRestrictionPolicy"]["arn"]
    arn = ivs.create_channel(playbackRestrictionPolicyArn=policy)["channel"]["arn"]

    assert backend.play(channel_arn=arn, **viewing).allowed is allowed
    ivs.update_channel(arn=arn, authorized=True)
    token = sign(**{"aws:channel-arn": arn})
    assert backend.play(token, **viewing).allowed


def test_an_open_policy_and_none_at_all_let_everybody_in(
    ivs: Any, backend: ivs_emulator.IVSBackend, arn: str
) -> None:
    assert backend.play(channel_arn=arn) == playback.Verdict(True, "the channel is public")
    made = ivs.create_playback_restriction_policy()
    policy = made["playbackRestrictionPolicy"]["arn"]
    ivs.update_channel(arn=arn, playbackRestrictionPolicyArn=policy)

    assert backend.play(channel_arn=arn).allowed


def test_the_oldest_used_tokens_are_forgotten_first(monkeypatch: Any) -> None:
    monkeypatch.setattr(playback, "TOKENS_KEPT", 2)
    used = UsedTokens()

    assert [used.use(uuid) for uuid in "abca"] == [True, True, True, True]
    assert not used.use("a")
