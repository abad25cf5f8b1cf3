"""Signing playback tokens: whatever is signed, IVS lets in, and what IVS refuses is not signed."""

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import boto3
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from moto import mock_aws

import ivs_emulator
from ivskit.client import Ivs
from ivskit.client.viewer_sessions import Viewer
from ivskit.tokens import TokenRefused, sign, verify

NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)
SOON = NOW + timedelta(minutes=10)
ARN = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
UUID_ = UUID("b21b25b8-6b1b-4f1c-8f0e-3b4c4d5e6f70")


def private_pem(curve: ec.EllipticCurve) -> str:
    key = ec.generate_private_key(curve)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def rsa_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def locked_pem(form: PrivateFormat) -> str:
    return KEY.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"x")).decode()


KEY = ec.generate_private_key(ec.SECP384R1())
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def token(**settings: Any) -> str:
    """A token that is good, but for what the settings say."""
    usual: dict[str, Any] = {"channel_arn": ARN, "expires_at": SOON, "now": NOW}
    return sign(PRIVATE, **usual | settings)


def read(part: str) -> Any:
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_the_smallest_token_says_channel_and_expiry_and_nothing_else() -> None:
    header, claims, _ = token().split(".")

    assert read(header) == {"alg": "ES384", "typ": "JWT"}
    assert read(claims) == {"aws:channel-arn": ARN, "exp": int(SOON.timestamp())}


def test_a_full_token_says_every_documented_claim() -> None:
    full = token(
        viewer_id="viewer-1",
        viewer_session_version=0,
        single_use_uuid=UUID_,
        allow_origins=["https://*.example.com", "https://example.org"],
        strict_origin=True,
        maximum_resolution="HD",
        ads_opt_out=True,
        ads_player_params='{"a":"b"}',
        ads_playback_config_name="second",
        ads_reporting_mode="CLIENT",
    )

    assert read(full.split(".")[1]) == {
        "aws:channel-arn": ARN,
        "exp": int(SOON.timestamp()),
        "aws:viewer-id": "viewer-1",
        "aws:viewer-session-version": 0,
        "aws:single-use-uuid": str(UUID_),
        "aws:access-control-allow-origin": "https://*.example.com,https://example.org",
        "aws:strict-origin-enforcement": True,
        "aws:maximum-resolution": "HD",
        "aws:ads-opt-out": True,
        "aws:ads-player-params": '{"a":"b"}',
        "aws:ads-playback-config-name": "second",
        "aws:ads-reporting-mode": "CLIENT",
    }
    claims = verify(full, [PUBLIC], now=NOW)
    assert (claims.viewer_id, claims.origins) == (
        "viewer-1",
        ["https://*.example.com", "https://example.org"],
    )


def test_a_token_for_anybody_may_last_long() -> None:
    assert verify(token(expires_at=NOW + timedelta(days=7)), [PUBLIC], now=NOW).exp > 0


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"expires_at": NOW}, "the token has expired"),
        ({"expires_at": SOON + timedelta(seconds=1), "viewer_id": "v"}, "exp: at most 600 s ahead"),
        (
            {"expires_at": SOON + timedelta(seconds=1), "single_use_uuid": UUID_},
            "exp: at most 600 s ahead",
        ),
        ({"channel_arn": "my channel"}, "aws:channel-arn: 'my channel' is not a channel ARN"),
        ({"channel_arn": ARN.replace("channel", "Channel")}, "aws:channel-arn: "),
        ({"viewer_id": "v" * 41}, "aws:viewer-id: "),
        ({"viewer_id": ""}, "aws:viewer-id: "),
        ({"viewer_session_version": -1}, "aws:viewer-session-version: "),
        ({"viewer_session_version": "7"}, "aws:viewer-session-version: "),
        (
            {"viewer_session_version": int(NOW.timestamp() * 1000)},
            "aws:viewer-session-version: at most 2147483647, or it could never be revoked, not "
            "1795190400000; Unix seconds fit, milliseconds do not",
        ),
        ({"allow_origins": ["https://a b"]}, "aws:access-control-allow-origin: "),
        ({"allow_origins": [""]}, 'aws:access-control-allow-origin: "" is not an origin'),
        ({"allow_origins": ""}, 'aws:access-control-allow-origin: "" is not an origin'),
        (
            {"allow_origins": "https://example.com/"},
            'aws:access-control-allow-origin: "https://example.com/" is not an origin: leave out'
            ' the path, "https://example.com"',
        ),
        (
            {"allow_origins": ["https://a"] * 6, "strict_origin": True},
            "aws:strict-origin-enforcement: allows at most 5 origins, not 6",
        ),
        (
            {"allow_origins": [None]},
            "aws:access-control-allow-origin: an origin is a text, not NoneType",
        ),
        (
            {"allow_origins": b"localhost"},
            "aws:access-control-allow-origin: an origin is a text, not bytes",
        ),
        ({"maximum_resolution": "4K"}, "aws:maximum-resolution: "),
        ({"ads_player_params": "é" * 501}, "aws:ads-player-params: "),
        ({"ads_reporting_mode": "BOTH"}, "aws:ads-reporting-mode: "),
        ({"ads_playback_config_name": "x" * 2_000}, "the token has more than 2048 bytes"),
    ],
)
def test_what_ivs_would_refuse_is_not_signed(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(TokenRefused) as caught:
        token(**settings)

    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    "given", ["localhost", ["localhost"], ("localhost",), iter(["localhost"]), " localhost\n"]
)
def test_one_origin_is_one_however_it_is_given(given: Any) -> None:
    claims = read(token(allow_origins=given).split(".")[1])

    assert claims["aws:access-control-allow-origin"] == "localhost"


def test_origins_in_one_text_are_signed_without_blanks_between_them() -> None:
    claims = read(token(allow_origins="https://a.example, https://b.example\r\n").split(".")[1])

    assert claims["aws:access-control-allow-origin"] == "https://a.example,https://b.example"


@pytest.mark.parametrize("none", [None, (), []])
def test_no_origins_are_no_claim(none: Any) -> None:
    claims = read(token(allow_origins=none).split(".")[1])

    assert "aws:access-control-allow-origin" not in claims


@pytest.mark.parametrize("field", ["now", "expires_at"])
@pytest.mark.parametrize("moment", [SOON.replace(tzinfo=None), "2026-11-20T16:10:00Z", 1795190400])
def test_a_time_without_zone_is_not_guessed_at(field: str, moment: Any) -> None:
    with pytest.raises(ValueError, match=f"{field}: takes a datetime with a time zone"):
        token(**{field: moment})


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    seoul = timezone(timedelta(hours=9))

    assert token(expires_at=SOON.astimezone(seoul)).split(".")[1] == token().split(".")[1]


READ = {
    "bytes": PRIVATE.encode(),
    "line breaks as two characters": PRIVATE.replace("\n", "\\n"),
    "line breaks of Windows as four": PRIVATE.replace("\n", "\\r\\n"),
    "line breaks of Windows": PRIVATE.replace("\n", "\r\n"),
    "indented": PRIVATE.replace("\n", "\n    "),
    "with the curve before it": "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n"
    f"-----END EC PARAMETERS-----\n{PRIVATE}",
}


@pytest.mark.parametrize("key", READ.values(), ids=READ)
def test_a_private_key_is_read_as_files_and_variables_have_it(key: str | bytes) -> None:
    signed = sign(key, channel_arn=ARN, expires_at=SOON, now=NOW)

    assert verify(signed, [PUBLIC], now=NOW).channel_arn == ARN


NOT_READ: dict[str, tuple[Any, str]] = {
    "a word": ("hunter2", "is not in PEM"),
    "a file's name": ("keys/private.pem", "give its text, not the name of its file"),
    "nothing": (" \n", "is empty"),
    "no text": (None, "must be a text in PEM, not NoneType"),
    "a public key": (PUBLIC, "is a public one"),
    "another curve": (private_pem(ec.SECP256R1()), "is on the curve P-256"),
    "a longer curve": (private_pem(ec.SECP521R1()), "is on the curve P-521"),
    "another kind": (rsa_pem(), "is damaged, or not an EC key on P-384"),
    "cut off": (PRIVATE[:-60], "is damaged, or not an EC key on P-384"),
    "in Base64": (b64encode(PRIVATE.encode()).decode(), "is PEM in Base64"),
    "encrypted": (locked_pem(PrivateFormat.PKCS8), "is encrypted: remove the password"),
    "encrypted as of old": (
        locked_pem(PrivateFormat.TraditionalOpenSSL),
        "is encrypted: remove the password",
    ),
}


@pytest.mark.parametrize(("key", "words"), NOT_READ.values(), ids=NOT_READ)
def test_another_key_does_not_sign_and_the_error_says_what_it_is_without_showing_it(
    key: Any, words: str
) -> None:
    with pytest.raises(TokenRefused) as caught:
        sign(key, channel_arn=ARN, expires_at=SOON, now=NOW)

    assert str(caught.value).startswith("the private key ")
    assert words in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert not key or key.strip() == "" or key not in str(caught.value)


@pytest.fixture
def backend() -> Iterator[ivs_emulator.IVSBackend]:
    ivs_emulator.install()
    with time_machine.travel(NOW, tick=False), mock_aws():
        yield ivs_emulator.backend("123456789012", "us-west-2")


def test_a_token_lets_in_until_its_viewer_is_revoked_and_a_newer_one_then(
    backend: ivs_emulator.IVSBackend,
) -> None:
    ivs = Ivs(boto3.client("ivs"))
    ivs.playback_keys.add(PUBLIC)
    channel = ivs.channels.create(authorized=True).channel.arn
    first = token(channel_arn=channel, viewer_id="v", viewer_session_version=1)
    second = token(channel_arn=channel, viewer_id="v", viewer_session_version=2)
    other = token(channel_arn=channel, viewer_id="w", viewer_session_version=1)
    assert backend.play(first).allowed

    ivs.viewer_sessions.revoke(Viewer(channel, "v", up_to_version=1))

    refused = backend.play(first)
    assert (refused.allowed, "revoked" in refused.reason) == (False, True)
    assert backend.play(second).allowed
    assert backend.play(other).allowed
