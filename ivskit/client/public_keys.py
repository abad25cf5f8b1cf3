"""Checks a public key for playback tokens: ECDSA on P-384, in PEM.

The structure is parsed here, since the layer has no cryptography: SubjectPublicKeyInfo with the
curve's identifier, then a point of the curve's size (RFC 5480).
"""

import base64
import binascii
import re

from ivskit.errors import NotSent

_PEM = re.compile(
    r"\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END PUBLIC KEY-----\s*"
)
# id-ecPublicKey with secp384r1.
_ALGORITHM = bytes.fromhex("301006072a8648ce3d020106052b81040022")
_POINT = {
    # Uncompressed, and compressed with an even or odd y: header, point's first byte, coordinates.
    bytes.fromhex("3076") + _ALGORITHM + bytes.fromhex("03620004"): 96,
    bytes.fromhex("3046") + _ALGORITHM + bytes.fromhex("03320002"): 48,
    bytes.fromhex("3046") + _ALGORITHM + bytes.fromhex("03320003"): 48,
}


def check_public_key(material: str) -> None:
    """Raise NotSent, without showing the key, for all but a public key on P-384 in PEM."""
    der = _decoded(material)
    if not any(der.startswith(head) and len(der) == len(head) + _POINT[head] for head in _POINT):
        raise _not_sent("a key on the curve P-384", f"another key of {len(der)} bytes")


def _decoded(material: str) -> bytes:
    if "PRIVATE KEY-----" in material:
        raise _not_sent("a public key in PEM", "a private key, which must stay secret")
    found = _PEM.fullmatch(material)
    try:
        if found is not None:
            return base64.b64decode("".join(found[1].split()), validate=True)
    except binascii.Error:
        pass
    raise _not_sent("a public key in PEM", f"{len(material)} other characters")


def _not_sent(limit: str, value: str) -> NotSent:
    return NotSent("ImportPlaybackKeyPair", field="publicKeyMaterial", limit=limit, value=value)
