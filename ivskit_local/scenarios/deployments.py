"""A second deployment of ivskit in the account and region."""

from collections.abc import Mapping
from typing import Any, Literal

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
