"""Makes a key pair for playback tokens: ECDSA on P-384."""

from datetime import datetime

from pydantic import SecretStr

from ivskit.playback_secret import StoredPair


def new_pair(now: datetime) -> StoredPair:
    """A new pair in PEM, not imported yet.

    The library is imported here, which is more than a cold start that it would lengthen: OpenSSL
    seeds its generator at its first use, which must not be part of a snapshot of SnapStart.
    """
    from cryptography.hazmat.primitives import serialization as to
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP384R1())
    private = key.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, to.NoEncryption())
    public = key.public_key().public_bytes(to.Encoding.PEM, to.PublicFormat.SubjectPublicKeyInfo)
    return StoredPair(
        public_key=public.decode(), private_key=SecretStr(private.decode()), made_at=now
    )
