"""Public keys in PEM: is it one that IVS takes, and what is its fingerprint?"""

import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from .errors import ValidationException


def fingerprint_of(material: str) -> str:
    """16 bytes of hex; raises ValidationException if this is no P-384 public key."""
    der = _p384(material).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.md5(der, usedforsecurity=False).digest().hex(":")


def _p384(material: str) -> EllipticCurvePublicKey:
    try:
        key = load_pem_public_key(material.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValidationException("publicKeyMaterial: must be a public key in PEM") from None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP384R1):
        raise ValidationException("publicKeyMaterial: must be a key on the curve P-384")
    return key
