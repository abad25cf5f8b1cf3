"""Public keys that the service would refuse are not sent."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ivskit.client import Ivs
from ivskit.client.public_keys import check_public_key
from ivskit.errors import NotSent
from tests.ivskit.client.wire import Said, Wire

ARN = "arn:aws:ivs:us-west-2:123456789012:"


def pem(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize("_", range(5))
def test_a_public_key_on_p384_is_accepted(_: int) -> None:
    text = pem(ec.generate_private_key(ec.SECP384R1()).public_key())

    check_public_key(text)
    check_public_key(f"\n{text}\n\n".replace("\n", "\r\n"))


@pytest.mark.parametrize(
    ("material", "limit"),
    [
        (pem(ec.generate_private_key(ec.SECP256R1()).public_key()), "on the curve P-384"),
        (pem(ec.generate_private_key(ec.SECP521R1()).public_key()), "on the curve P-384"),
        (pem(ec.generate_private_key(ec.BrainpoolP384R1()).public_key()), "on the curve P-384"),
        (pem(ed25519.Ed25519PrivateKey.generate().public_key()), "on the curve P-384"),
        (
            pem(ec.generate_private_key(ec.SECP384R1()).public_key()).replace("AE", "AEAA", 1),
            "a ",
        ),
        ("", "a public key in PEM"),
        ("ssh-ed25519 AAAA", "a public key in PEM"),
        ("-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----", "a public key in PEM"),
    ],
)
def test_other_keys_are_not_sent(wire: Wire, material: str, limit: str) -> None:
    with pytest.raises(NotSent, match=limit) as caught:
        Ivs(wire.client).playback_keys.add(material)

    assert caught.value.field == "publicKeyMaterial"
    assert wire.sent == []


@pytest.mark.parametrize("length", [119, 121])
def test_a_key_on_p384_that_is_cut_off_or_goes_on_is_not_sent(length: int) -> None:
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    body = b64encode((der + b"\0")[:length]).decode()

    with pytest.raises(NotSent, match="on the curve P-384"):
        check_public_key(f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")


def test_a_compressed_point_on_p384_is_a_key_as_well() -> None:
    point = ec.generate_private_key(ec.SECP384R1()).public_key()
    compressed = point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    head = bytes.fromhex("3046301006072a8648ce3d020106052b81040022033200")
    body = b64encode(head + compressed).decode()

    check_public_key(f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")


def test_a_private_key_is_neither_sent_nor_shown(wire: Wire) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    with pytest.raises(NotSent, match="a private key") as caught:
        Ivs(wire.client).playback_keys.add(secret)

    assert wire.sent == []
    assert secret.splitlines()[1] not in repr(caught.value)


def test_a_public_key_is_imported_from_bytes_and_from_a_variable_without_line_breaks() -> None:
    text = pem(ec.generate_private_key(ec.SECP384R1()).public_key())
    wire = Wire(lambda *_: Said({"keyPair": {"arn": f"{ARN}playback-key/x"}}))

    for given in (text.encode(), text.replace("\n", "\\n")):
        Ivs(wire.client).playback_keys.add(given)

    assert [sent["publicKeyMaterial"] for _, sent in wire.sent] == [text, text]
