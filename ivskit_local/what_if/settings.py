"""The settings of a stage as they are, and as somebody would set them, without the CDK."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ivskit.policy import KeySettings, PolicySettings
from ivskit_local.errors import WrongUsage
from ivskit_local.project import context_of
from ivskit_local.runtime.synth import overrides_of

Group = TypeVar("Group", bound=BaseModel)
# The settings that decide about a stream or a key, and of which events tell enough.
JUDGED = (
    *(f"policy.{name}" for name in ("mode", "rotate", "max_duration", "max_starvation", "then")),
    "policy.channels",
    "policy.grace",
    "keys.adopt",
)
# What these decide depends on viewers, whom no event counts.
UNJUDGED = ("policy.max_idle", "policy.shed", "policy.revoke")


@dataclass(frozen=True)
class Settings:
    """The settings of one stage that decide about streams and keys."""

    stage: str
    policy: PolicySettings
    keys: KeySettings

    @property
    def unjudged(self) -> Sequence[str]:
        """The settings that act, and whose effect events do not show."""
        acts = {
            "policy.max_idle": self.policy.max_idle is not None,
            "policy.shed": self.policy.shed != "none",
            "policy.revoke": self.policy.revoke != "never",
        }
        return [name for name in UNJUDGED if acts[name]]


def settings_as_they_are(project_root: Path, *, stage: str) -> Settings:
    """Those in cdk.json, under those in the stage's own file; raises WrongUsage.

    Settings in the environment of this process do not count.
    """
    return _settings(_block(project_root, stage), stage)


def settings_as_set(
    project_root: Path, given: Sequence[tuple[str, Any]], *, stage: str
) -> Settings:
    """The same, below the ones given as `policy.max_duration` and its value; raises WrongUsage."""
    for path, _ in given:
        if path not in JUDGED:
            raise WrongUsage(_no_answer(path))
    return _settings(_over(_block(project_root, stage), overrides_of(given)), stage)


def _no_answer(path: str) -> str:
    judged = ", ".join(JUDGED)
    if path in UNJUDGED:
        return (
            f"--set {path}: what it decides depends on viewers, whom no event counts;"
            f" what-if takes {judged}"
        )
    return f"--set {path}: what-if takes {judged}"


def _block(project_root: Path, stage: str) -> Mapping[str, Any]:
    below = _an_object(context_of(project_root).get("ivskit", {}), "cdk.json")
    file = project_root / f"ivskit.{stage}.json"
    merged: Mapping[str, Any] = _over(below, _an_object(_of_stage(file), file.name))
    return merged


def _an_object(block: object, source: str) -> object:
    if not isinstance(block, Mapping):
        raise WrongUsage(f"ivskit: should be a JSON object, not {block!r} ({source})")
    return block


def _of_stage(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise WrongUsage(f"{file}: cannot be read as JSON: {error}") from error


def _over(below: Any, above: Any) -> Any:
    """Objects are merged field by field, everything else is replaced."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{name: _over(below.get(name), each) for name, each in above.items()}}


def _settings(block: Mapping[str, Any], stage: str) -> Settings:
    return Settings(
        stage=stage,
        policy=_checked(PolicySettings, block, "policy"),
        keys=_checked(KeySettings, block, "keys"),
    )


def _checked(model: type[Group], block: Mapping[str, Any], group: str) -> Group:
    try:
        return model.model_validate(block.get(group, {}))
    except ValidationError as error:
        wrong = error.errors()[0]
        field = ".".join(("ivskit", group, *map(str, wrong["loc"])))
        said = wrong["msg"].removeprefix("Value error, ")
        raise WrongUsage(f"{field}: {said}, not {wrong['input']!r}") from error
