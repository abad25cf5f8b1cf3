"""A playback key pair, made anew for every run."""

from joserfc.jwk import ECKey

_KEY = ECKey.generate_key("P-384", private=True)
PRIVATE_KEY = _KEY.as_pem(private=True).decode()
PUBLIC_KEY = _KEY.as_pem(private=False).decode()
