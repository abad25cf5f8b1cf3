"""Playback tokens: each rule of IVS refuses what breaks it, with a reason."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from ivskit.tokens import TokenRefused, channel_of, verify

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
ARN = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
KEY = ECKey.generate_key("P-384")
OTHER = ECKey.generate_key("P-384")
PUBLIC = [OTHER.as_pem(private=False).decode(), KEY.as_pem(private=False).decode()]
HEADER = {"alg": "ES384", "typ": "JWT"}


def token(header: dict[str, Any] = HEADER, key: Any = KEY, **claims: Any) -> str:
    said = {
        "aws:channel-arn": ARN,
        "exp": int((NOW + timedelta(minutes=10)).timestamp()),
        **{name.replace("__", ":").replace("_", "-"): value for name, value in claims.items()},
    }
    return jwt.encode(header, said, key, algorithms=[header["alg"]])


def refusal(said: str, now: datetime = NOW) -> str:
    with pytest.raises(TokenRefused) as caught:
        verify(said, PUBLIC, now=now)
    return str(caught.value)


def test_the_smallest_token_is_good() -> None:
    claims = verify(token(), PUBLIC, now=NOW)

    assert (claims.channel_arn, claims.viewer_id, claims.viewer_session_version) == (ARN, None, 0)


def test_a_full_token_is_good_and_other_peoples_claims_are_not_looked_at() -> None:
    full = token(
        aws__access_control_allow_origin="https://example.com, *.example.org",
        aws__strict_origin_enforcement=True,
        aws__single_use_uuid="0f1e2d3c-4b5a-4978-8796-a5b4c3d2e115",
        aws__viewer_id="v" * 40,
        aws__viewer_session_version=2**63 - 1,
        aws__maximum_resolution="FULL_HD",
        aws__ads_opt_out=False,
        aws__ads_player_params="p" * 500,
        aws__ads_playback_config_name="name",
        aws__ads_reporting_mode="CLIENT",
        iat=1,
    )

    claims = verify(full, PUBLIC, now=NOW)

    assert claims.origins == ["https://example.com", "*.example.org"]
    assert (claims.viewer_id, claims.viewer_session_version) == ("v" * 40, 2**63 - 1)


def test_without_a_viewer_a_token_may_last_long() -> None:
    claims = verify(token(exp=int(NOW.timestamp()) + 86_400), PUBLIC, now=NOW)

    assert not claims.is_short_lived


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": int(NOW.timestamp())}, "the token has expired"),
        ({"exp": int(NOW.timestamp() * 1000)}, "exp: takes Unix seconds; "),
        ({"exp": NOW.timestamp() + 0.5}, "exp: takes a whole number of Unix seconds, not float"),
        ({"exp": "1790000000"}, "exp: takes a whole number of Unix seconds, not str"),
        ({"exp": True}, "exp: takes a whole number of Unix seconds, not bool"),
        ({"exp": -1}, "exp: "),
        (
            {"exp": int(NOW.timestamp()) + 601, "aws__viewer_id": "v"},
            "exp: at most 600 s ahead",
        ),
        (
            {
                "exp": int(NOW.timestamp()) + 601,
                "aws__single_use_uuid": "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e115",
            },
            "exp: at most 600 s ahead",
        ),
        ({"aws__channel_arn": 5}, "aws:channel-arn: "),
        ({"aws__viewer_id": "v" * 41}, "aws:viewer-id: "),
        ({"aws__viewer_id": ""}, "aws:viewer-id: "),
        ({"aws__viewer_session_version": "1"}, "aws:viewer-session-version: "),
        ({"aws__viewer_session_version": -1}, "aws:viewer-session-version: "),
        ({"aws__viewer_session_version": 2**63}, "aws:viewer-session-version: "),
        ({"aws__single_use_uuid": "once"}, "aws:single-use-uuid: "),
        ({"aws__maximum_resolution": "4K"}, "aws:maximum-resolution: "),
        ({"aws__strict_origin_enforcement": "true"}, "aws:strict-origin-enforcement: "),
        ({"aws__access_control_allow_origin": "a b"}, "aws:access-control-allow-origin: "),
        (
            {"aws__access_control_allow_origin": "https://x/y"},
            'aws:access-control-allow-origin: "https://x/y" is not an origin: leave out the path,'
            ' "https://x"',
        ),
        ({"aws__ads_player_params": "ä" * 501}, "aws:ads-player-params: "),
        ({"aws__ads_reporting_mode": "BOTH"}, "aws:ads-reporting-mode: "),
        ({"aws__viewerid": "v"}, "aws:viewerid: IVS knows no such claim"),
        (
            {
                "aws__strict_origin_enforcement": True,
                "aws__access_control_allow_origin": ",".join("abcdef"),
            },
            "aws:strict-origin-enforcement: allows at most 5 origins, not 6",
        ),
    ],
)
def test_a_claim_against_the_rules_is_refused_by_name(claims: dict[str, Any], reason: str) -> None:
    assert refusal(token(**claims)).startswith(reason)


def test_a_token_must_name_its_channel() -> None:
    nameless = jwt.encode(HEADER, {"exp": 1_795_190_400}, KEY, algorithms=["ES384"])

    assert refusal(nameless) == "aws:channel-arn: Field required"


@pytest.mark.parametrize(
    "said",
    [
        "nonsense",
        "a.b.c",
        token(key=ECKey.generate_key("P-384")),
        token()[:-4] + "AAAA",
        token({"alg": "ES256", "typ": "JWT"}, ECKey.generate_key("P-256")),
    ],
    ids=["nonsense", "no jwt", "another key", "a forged signature", "another algorithm"],
)
def test_what_no_playback_key_has_signed_is_refused(said: str) -> None:
    assert refusal(said) == "no playback key of the account has signed this token with ES384"


def test_the_header_must_say_that_it_is_a_jwt() -> None:
    assert (
        refusal(token({"alg": "ES384", "typ": "at+jwt"}))
        == 'the token\'s header has no "typ": "JWT"'
    )


def test_the_whole_token_is_limited() -> None:
    assert refusal(token(padding="x" * 2000)) == "the token has more than 2048 bytes"


def test_without_any_key_no_token_is_good() -> None:
    with pytest.raises(TokenRefused):
        verify(token(), [], now=NOW)


def test_the_channel_can_be_read_before_anybody_vouches_for_it() -> None:
    assert channel_of(token(key=ECKey.generate_key("P-384"))) == ARN
    assert channel_of(token(aws__channel_arn=5)) is None
    assert channel_of("nonsense") is None
    assert channel_of("e30.W10.x") is None
    assert channel_of("\ud800.\ud800.\ud800") is None


def nested(levels: int) -> str:
    """Arrays within arrays, as a part of a token has them."""
    return urlsafe_b64encode(b"[" * levels + b"]" * levels).rstrip(b"=").decode()


@pytest.mark.parametrize("levels", [700, 3_000])
def test_a_token_that_nests_too_deep_is_refused_and_speaks_of_no_channel(levels: int) -> None:
    header = urlsafe_b64encode(b'{"alg":"ES384","typ":"JWT"}').decode().rstrip("=")
    for deep in (f"{header}.{nested(levels)}.AAAA", f"{nested(levels)}.e30.AAAA"):
        assert channel_of(deep) is None
        with pytest.raises(TokenRefused):
            verify(deep, PUBLIC, now=NOW)


def test_a_token_that_is_no_text_is_refused() -> None:
    with pytest.raises(TokenRefused, match="characters that no JWT has"):
        verify("\ud800.\ud800.\ud800", PUBLIC, now=NOW)


@pytest.mark.parametrize("nothing", [None, b"e30.e30.AAAA", 5])
def test_a_request_without_a_token_is_refused_and_speaks_of_no_channel(nothing: Any) -> None:
    assert channel_of(nothing) is None
    with pytest.raises(TokenRefused, match="the token must be a text, not "):
        verify(nothing, PUBLIC, now=NOW)


def test_one_public_key_may_be_given_alone_as_text_or_bytes_or_without_line_breaks() -> None:
    for key in (PUBLIC[1], PUBLIC[1].encode(), PUBLIC[1].replace("\n", "\\n")):
        assert verify(token(), key, now=NOW).channel_arn == ARN


def test_a_key_that_cannot_be_read_vouches_for_nothing_and_spoils_no_other() -> None:
    private = KEY.as_pem(private=True, password="x").decode()
    keys: list[Any] = [None, "", private, *PUBLIC]

    assert verify(token(), keys, now=NOW).channel_arn == ARN


def test_a_token_is_not_checked_at_a_time_without_zone() -> None:
    with pytest.raises(ValueError, match="now: takes a datetime with a time zone"):
        verify(token(), PUBLIC, now=NOW.replace(tzinfo=None))
