"""The commands about where a channel may be watched."""

from typing import Any, Self

from pydantic import ConfigDict, model_validator

from ivskit import names
from ivskit.commands.command import ChannelCommand, one_way
from ivskit.restrictions import Countries, Origins, PolicyName, Restriction, restriction_of

_OF_A_CHANNEL = one_way({"channel_arn": "string"}, {"channel_arns": "array"})
_NAMED: dict[str, Any] = {
    "properties": {
        "policy": {"type": "string"},
        **{name: {"type": "array", "maxItems": 0} for name in ("countries", "origins")},
    },
    "required": ["policy"],
}
_SOME = {name: {"type": "array", "minItems": 1} for name in ("countries", "origins")}
_LISTED: dict[str, Any] = {
    "properties": {"policy": {"type": "null"}, **_SOME},
    # Ajv in strict mode wants to see there what is required.
    "anyOf": [{"properties": {name: some}, "required": [name]} for name, some in _SOME.items()],
}


class RestrictPlayback(ChannelCommand):
    """Let the channel play only in these countries, and only on sites of these origins.

    Or as the policy of this name in the settings says. Private channels ignore restrictions: there,
    tokens say who may watch. IVS changes no live channel: there it counts from the next start.
    """

    model_config = ConfigDict(
        json_schema_extra={**_OF_A_CHANNEL, "allOf": [{"oneOf": [_NAMED, _LISTED]}]}
    )
    detail_type = names.RESTRICT_PLAYBACK
    countries: Countries = ()
    origins: Origins = ()
    policy: PolicyName | None = None

    @model_validator(mode="after")
    def _one_restriction(self) -> Self:
        if self.restriction is None and self.policy is None:
            raise ValueError("give either policy, or countries, origins or both")
        return self

    @property
    def restriction(self) -> Restriction | None:
        """What it lists; None where it names a policy."""
        return restriction_of(self.countries, self.origins, self.policy)


class LiftRestriction(ChannelCommand):
    """Let the channel play again as it did before ivskit restricted it."""

    detail_type = names.LIFT_RESTRICTION
