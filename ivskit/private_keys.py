"""The private keys that sign playback tokens: ECDSA on P-384, in PEM and without a password."""

from collections.abc import Mapping

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ivskit.arguments import pem

CURVE = "P-384"
_PEM, _PEM_IN_BASE64 = "-----BEGIN ", "LS0tLS1CRUdJTi"


def private_key_of(given: object) -> tuple[ECKey | None, str]:
    """The key, or what is wrong with it: words that follow "the private key"."""
    if not isinstance(given, str | bytes):
        return None, f"must be a text in PEM, not {type(given).__name__}"
    text = pem(given)
    try:
        key = ECKey.import_key(text)
    except (JoseError, TypeError, ValueError):
        return None, _what_is_wrong(text)
    if not key.is_private:
        return None, "is a public one: sign with the private half"
    if key.curve_name != CURVE:
        return None, f"is on the curve {key.curve_name}, and IVS takes {CURVE} only"
    return key, ""


def _what_is_wrong(key: str) -> str:
    """Why a key cannot be read, without showing it."""
    signs: Mapping[str, bool] = {
        "is empty": not key.strip(),
        "is encrypted: remove the password with `openssl pkey -in KEY -out NEW`": (
            "ENCRYPTED" in key
        ),
        "is PEM in Base64: decode it first": key.strip().startswith(_PEM_IN_BASE64),
        f'is not in PEM, which begins with "{_PEM}": give its text, not the name of its file': (
            _PEM not in key
        ),
    }
    found = (words for words, is_so in signs.items() if is_so)
    return next(found, f"is damaged, or not an EC key on {CURVE}")
