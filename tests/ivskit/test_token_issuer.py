"""Tokens signed with the pair of the store, whichever it is."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from joserfc.jwk import ECKey
from moto import mock_aws

from ivskit.errors import NotFound, Unavailable
from ivskit.token_issuer import TokenIssuer
from ivskit.tokens import TokenRefused, verify

NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)
CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
PAIR = "arn:aws:ivs:us-west-2:123456789012:playback-key/"
NAME = "ivskit/dev/playback-key"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def secrets() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("secretsmanager")


def store(secrets: Any, name: str) -> str:
    """Make a new pair current; returns its public key."""
    key = ECKey.generate_key("P-384", private=True)
    public = key.as_pem(private=False).decode()
    text = json.dumps(
        {
            "playbackKeyArn": PAIR + name,
            "publicKey": public,
            "privateKey": key.as_pem(private=True).decode(),
            "madeAt": NOW.isoformat(),
        }
    )
    if secrets.list_secrets()["SecretList"]:
        secrets.put_secret_value(SecretId=NAME, SecretString=text)
    else:
        secrets.create_secret(Name=NAME, SecretString=text)
    return public


def token(issuer: TokenIssuer, now: datetime = NOW, **more: Any) -> str:
    return issuer.issue(channel_arn=CHANNEL, viewer_id="v", now=now, **more)


def test_a_token_is_signed_with_the_newest_pair_within_a_minute(secrets: Any) -> None:
    first, issuer = store(secrets, "first"), TokenIssuer(secrets)
    assert verify(token(issuer), first, now=NOW).viewer_session_version == int(NOW.timestamp())
    second = store(secrets, "second")

    verify(token(issuer, NOW + 59 * timedelta(seconds=1)), first, now=NOW)
    later = NOW + MINUTE
    newest = verify(token(issuer, later, viewer_session_version=7), second, now=later)
    assert newest.viewer_session_version == 7
    assert issuer.playback_key_arn(later) == f"{PAIR}second"


def test_the_pair_is_read_at_once_after_an_outcome(secrets: Any) -> None:
    store(secrets, "first")
    issuer = TokenIssuer(secrets)
    token(issuer)
    second = store(secrets, "second")
    issuer.forget()

    plain = issuer.sign(channel_arn=CHANNEL, expires_at=NOW + MINUTE, now=NOW)
    assert verify(plain, second, now=NOW).viewer_id is None


class Failing:
    """The store, which fails where a test wants it to."""

    def __init__(self, secrets: Any) -> None:
        self._secrets = secrets
        self.fails = False
        self.exceptions = secrets.exceptions

    def get_secret_value(self, **asked: Any) -> Any:
        if self.fails:
            meta = {"HTTPStatusCode": 500}
            error = {"Code": "InternalServiceError", "Message": "no"}
            answer: Any = {"Error": error, "ResponseMetadata": meta}
            raise ClientError(answer, "GetSecretValue")
        return self._secrets.get_secret_value(**asked)


def test_an_outage_of_the_store_is_outlived_for_five_minutes(secrets: Any) -> None:
    first, failing = store(secrets, "first"), Failing(secrets)
    issuer: Any = TokenIssuer(failing)  # type: ignore[arg-type]  # it has what is called
    token(issuer)
    failing.fails = True

    later = NOW + 4 * MINUTE
    verify(token(issuer, later), first, now=later)
    with pytest.raises(Unavailable):
        token(issuer, NOW + 5 * MINUTE)


def test_without_a_pair_an_error_says_what_to_do(secrets: Any) -> None:
    with pytest.raises(NotFound, match="rotate the playback key once"):
        token(TokenIssuer(secrets))


def test_a_secret_of_another_form_is_refused_without_its_text(secrets: Any) -> None:
    secrets.create_secret(Name=NAME, SecretString='{"privateKey": "hidden"}')

    with pytest.raises(TokenRefused) as caught:
        token(TokenIssuer(secrets))

    assert "hidden" not in f"{caught.value!r}{caught.value.__context__!r}"


@pytest.mark.parametrize("wrong", [timedelta(minutes=6), timedelta(seconds=-1)])
def test_reading_rarely_is_refused(secrets: Any, wrong: timedelta) -> None:
    with pytest.raises(ValueError, match="read_every"):
        TokenIssuer(secrets, read_every=wrong)


def test_no_private_key_is_in_what_is_printed(secrets: Any) -> None:
    store(secrets, "first")
    issuer = TokenIssuer(secrets)
    token(issuer)

    assert "PRIVATE" not in f"{issuer!r}{vars(issuer)}"
