"""Deployments: a second stage of ivskit in the account and region, and another policy."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from ivskit.durations import Duration
from ivskit.policy.values import PolicyValues
from ivskit_local.runtime.synth import overrides_of, synthesize
from ivskit_local.scenarios.run import Run
from ivskit_local.scenarios.steps import Step
from ivskit_local.scenarios.words import Text


class DeployStage(Step):
    """Somebody deploys another stage of ivskit beside the first; settings: as `--set` takes them.

    Commands of the scenario still go to the first run.
    """

    do: Literal["deploy stage"]
    stage: Text
    settings: Mapping[str, Any] = {}

    @property
    def sentence(self) -> str:
        return f"the stage {self.stage} is deployed beside the first"

    @property
    def overrides(self) -> Mapping[str, Any]:
        """The settings, as they go over those of the project."""
        return overrides_of([*self.settings.items(), ("stage", self.stage)])

    def carry_out(self, run: Run) -> None:
        run.deploy(synthesize(run.project_root, overrides=self.overrides))


class ChangePolicy(Step):
    """Somebody deploys the first stage again, with other settings of its policy.

    policy: the fields that change, as the group `policy` of the settings has them. Invocations that
    run go on with the policy that they began with.
    """

    do: Literal["change policy"]
    policy: Annotated[Mapping[str, str], Field(min_length=1)]

    @field_validator("policy")
    @classmethod
    def _is_valid(cls, policy: Mapping[str, str]) -> Mapping[str, str]:
        _Changeable.model_validate(dict(policy))
        return policy

    @property
    def sentence(self) -> str:
        said = (f"policy.{name} = {value}" for name, value in self.policy.items())
        return f"the first stage is deployed with {', '.join(said)}"

    def carry_out(self, run: Run) -> None:
        run.change_policy(self.policy)


class _Changeable(PolicyValues):
    """What only the functions' variables depend on, in all the template."""

    grace: Duration = timedelta()
