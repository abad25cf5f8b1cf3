"""Where a channel may be watched, by its tags and by the policies of the settings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from ivskit.restrictions import PolicyName, Restriction

if TYPE_CHECKING:
    from ivskit.policy import Policy

# All environment variables of a function together may take 4 KB.
LARGEST = 2_500

Policies = Mapping[PolicyName, Restriction]


class Unclear(ValueError):
    """What asks for a restriction does not say which."""


def _few_enough(policies: dict[str, Restriction]) -> dict[str, Restriction]:
    size = sum(len(name + one.model_dump_json()) for name, one in policies.items())
    if size > LARGEST:
        raise ValueError(f"together they take {size} bytes, and the limit is {LARGEST}")
    return policies


class RestrictionSettings(BaseModel):
    """Whether playback can be restricted, and the policies that commands and tags can name."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    enabled: bool = True
    policies: Annotated[dict[PolicyName, Restriction], AfterValidator(_few_enough)] = {}


def named(name: str, policies: Policies) -> Restriction:
    """The policy of this name; raises Unclear."""
    if name not in policies:
        known = ", ".join(sorted(policies)) or "none"
        raise Unclear(f"restrictions.policies has {known}, and not {name!r}")
    return policies[name]


def by_tags(policy: "Policy", policies: Policies) -> Restriction | None:
    """What the tags of the channel ask for, or None where they ask for nothing; raises Unclear."""
    listed = bool(policy.countries or policy.origins)
    if policy.restriction is not None and listed:
        raise Unclear("take either ivskit:restriction, or ivskit:countries and ivskit:origins")
    if policy.restriction is not None:
        return named(policy.restriction, policies)
    return Restriction(countries=policy.countries, origins=policy.origins) if listed else None
