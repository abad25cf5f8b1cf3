"""What a playback restriction allows: the countries and the origins from which a channel plays.

Source: IVS Low-Latency Streaming API reference; at most 200 countries and 5 origins.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

from ivskit import quotas
from ivskit.places import COUNTRIES, ORIGIN

_LONGEST_ORIGIN = 128


def _country(text: str) -> str:
    code = text.strip().upper()
    if code not in COUNTRIES:
        raise ValueError(f"should be a code of ISO 3166-1 such as DE or GB, not {text!r}")
    return code


def _origin(text: str) -> str:
    if not ORIGIN.fullmatch(text) or len(text) > _LONGEST_ORIGIN:
        raise ValueError(
            f"should be an origin such as https://example.com, of at most {_LONGEST_ORIGIN}"
            f" characters, not {text!r}"
        )
    return text


def _at_most(most: int, items: Iterable[str]) -> tuple[str, ...]:
    """Each once, in an order that is the same for the same items."""
    each = tuple(sorted(set(items)))
    if len(each) > most:
        raise ValueError(f"should be at most {most}, not {len(each)}")
    return each


Countries = Annotated[
    tuple[Annotated[str, AfterValidator(_country)], ...],
    AfterValidator(lambda items: _at_most(quotas.COUNTRIES_PER_POLICY, items)),
]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_origin)], ...],
    AfterValidator(lambda items: _at_most(quotas.ORIGINS_PER_POLICY, items)),
]
# A name is the value of a tag.
PolicyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/=+@-]{1,64}$")]

RestrictedBy = Literal["command", "tag"]


class Restriction(BaseModel):
    """The only countries and origins from which a public channel plays; none of one kind is all.

    Countries are ISO 3166-1 alpha-2 codes, origins values of the HTTP header Origin. strict: a
    player that sends no Origin, such as a native application, is refused too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    countries: Countries = ()
    origins: Origins = ()
    strict: bool = False

    @model_validator(mode="after")
    def _restricts(self) -> Self:
        if not self.countries and not self.origins:
            raise ValueError("give countries, origins or both: without, it restricts nothing")
        return self

    @property
    def fingerprint(self) -> str:
        """The same for the same content; 16 characters."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def __str__(self) -> str:
        parts = [f"{name} {' '.join(items)}" for name, items in self._lists() if items]
        return ", ".join([*parts, *(["strict"] if self.strict else [])])

    def _lists(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return (("countries", self.countries), ("origins", self.origins))


def restriction_of(
    countries: tuple[str, ...], origins: tuple[str, ...], policy: str | None
) -> Restriction | None:
    """What a command lists; None where it names a policy, or asks for nothing."""
    listed = bool(countries or origins)
    if policy is not None and listed:
        raise ValueError("give either policy, or countries, origins or both")
    return Restriction(countries=countries, origins=origins) if listed else None
