"""Playback key pairs: only P-384, only three, none twice."""

import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

OTHERS = [generate_private_key(SECP256R1()), Ed25519PrivateKey.generate()]


def test_an_imported_pair_has_a_fingerprint_and_is_found_again(
    ivs: Any, public_keys: list[str]
) -> None:
    pair = ivs.import_playback_key_pair(publicKeyMaterial=public_keys[0], name="n")["keyPair"]

    assert re.fullmatch(r"([0-9a-f]{2}:){15}[0-9a-f]{2}", pair["fingerprint"])
    assert ivs.get_playback_key_pair(arn=pair["arn"])["keyPair"] == pair
    (listed,) = ivs.list_playback_key_pairs()["keyPairs"]
    assert listed == {"arn": pair["arn"], "name": "n", "tags": {}}


def test_a_fourth_pair_exceeds_the_quota_and_a_deleted_one_makes_room(
    ivs: Any, public_keys: list[str], refused: Any
) -> None:
    arns = [
        ivs.import_playback_key_pair(publicKeyMaterial=pem)["keyPair"]["arn"]
        for pem in public_keys[:3]
    ]
    error = refused(ivs.import_playback_key_pair, publicKeyMaterial=public_keys[3])
    assert (error["code"], error["status"]) == ("ServiceQuotaExceededException", 402)

    deleted = ivs.delete_playback_key_pair(arn=arns[0])

    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert ivs.import_playback_key_pair(publicKeyMaterial=public_keys[3])
    error = refused(ivs.delete_playback_key_pair, arn=arns[0])
    assert error["code"] == "ResourceNotFoundException"


def test_the_same_key_twice_is_a_conflict_and_the_same_name_is_not(
    ivs: Any, public_keys: list[str], refused: Any
) -> None:
    ivs.import_playback_key_pair(publicKeyMaterial=public_keys[0], name="n")
    ivs.import_playback_key_pair(publicKeyMaterial=public_keys[1], name="n")

    error = refused(ivs.import_playback_key_pair, publicKeyMaterial=public_keys[0] + "\n")

    assert (error["code"], error["status"]) == ("ConflictException", 409)


@pytest.mark.parametrize("material", ["", "nonsense", "-----BEGIN PUBLIC KEY-----"])
def test_what_is_no_public_key_is_refused(ivs: Any, refused: Any, material: str) -> None:
    error = refused(ivs.import_playback_key_pair, publicKeyMaterial=material)

    assert (error["code"], error["status"]) == ("ValidationException", 400)


@pytest.mark.parametrize("key", OTHERS, ids=["P-256", "Ed25519"])
def test_a_key_on_another_curve_is_refused(ivs: Any, refused: Any, key: Any) -> None:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    error = refused(ivs.import_playback_key_pair, publicKeyMaterial=pem.decode())

    assert error["code"] == "ValidationException"
    assert "P-384" in error["message"]
