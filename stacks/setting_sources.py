"""Where settings come from: cdk.json, the file of the stage, the command line, the environment.

Each goes over those before it, field by field. A source of wrong settings is named in the error.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from constructs import Construct
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ivskit.policy.tags import STAGE

from .settings import Settings, WrongSetting

PREFIX = "IVSKIT__"
_EXAMPLE = '{"stage": "prod"}'


@dataclass(frozen=True)
class Source:
    """Some settings, and the name of what they come from."""

    name: str
    block: Mapping[str, Any]


def read_deployments(scope: Construct) -> list[Settings]:
    """The settings of each stage that the context `stages` lists; without it, of one stage.

    A stage that is named alone, by -c stage or IVSKIT__STAGE, takes the place of a list in
    cdk.json. Raises WrongSetting.
    """
    listed = scope.node.try_get_context("stages")
    alone = any("stage" in source.block for source in _above_files(scope))
    if listed is None or (alone and not isinstance(listed, str)):
        return [read_settings(scope)]
    if alone:
        raise WrongSetting(
            f"stages: {listed} excludes -c stage and IVSKIT__STAGE: give one of them"
        )
    return [read_settings(scope, stage=stage) for stage in _stages(listed)]


def read_settings(scope: Construct, *, stage: str | None = None) -> Settings:
    """The settings of one stage; raises WrongSetting, one line per wrong field.

    Files are read from the working directory, where the CDK starts an app: that of cdk.json.
    stage: goes over what the sources say.
    """
    below = _of_cdk_json(scope)
    above = list(_above_files(scope))
    if stage is not None:
        above.append(Source("stages", {"stage": stage}))
    named = _merged([below, *above]).get("stage", Settings().stage)
    sources = [below, *_of_stage(named), *above]
    try:
        return Settings.model_validate(_merged(sources))
    except ValidationError as error:
        lines = [_line(each, sources) for each in error.errors()]
        raise WrongSetting("\n".join(lines)) from None


def _stages(listed: object) -> Sequence[str]:
    stages = listed.split(",") if isinstance(listed, str) else listed
    if not isinstance(stages, list) or not stages or len({*map(str, stages)}) < len(stages):
        raise WrongSetting(f"stages: should be different stages, such as dev,prod, not {listed!r}")
    return stages


def _of_cdk_json(scope: Construct) -> Source:
    name, block = "cdk.json", scope.node.try_get_context("ivskit")
    if isinstance(block, str):
        # -c ivskit=… is text, and hides the block of cdk.json.
        content = _read(Path(name))
        context = content.get("context", {}) if isinstance(content, Mapping) else {}
        block = context.get("ivskit") if isinstance(context, Mapping) else context
    return _checked(name, {} if block is None else block)


def _of_stage(stage: object) -> Iterator[Source]:
    # What is no name of a stage is refused later, and must not become a path here.
    if not isinstance(stage, str) or not STAGE.fullmatch(stage):
        return
    path = Path(f"ivskit.{stage}.json")
    source = _checked(path.name, _read(path))
    said = source.block.get("stage", stage)
    if said != stage:
        raise WrongSetting(f"ivskit.stage: should be {stage!r} or left out, not {said!r} ({path})")
    yield source


def _above_files(scope: Construct) -> Iterator[Source]:
    """The sources above all files, the lowest first."""
    block = scope.node.try_get_context("ivskit")
    if isinstance(block, str):
        yield _checked("-c ivskit", _parsed(block))
    stage = scope.node.try_get_context("stage")
    if stage is not None:
        yield Source("-c stage", {"stage": stage})
    # Sorted: a field comes after the group that holds it.
    for name, text in sorted(os.environ.items()):
        if name.startswith(PREFIX):
            yield Source(name, _nested(name.removeprefix(PREFIX).lower().split("__"), _value(text)))


def _nested(path: Sequence[str], value: object) -> Mapping[str, Any]:
    """The path ["policy", "grace"] as `{"policy": {"grace": value}}`."""
    first, *rest = path
    return {first: _nested(rest, value) if rest else value}


def _value(text: str) -> object:
    """JSON, or else text as it is."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _read(path: Path) -> Any:
    """What is in a JSON file; an empty object where there is no file."""
    try:
        # As bytes: editors write byte order marks, which json knows.
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise WrongSetting(f"{path}: cannot be read as JSON: {error}") from None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise WrongSetting(
            f"ivskit: -c ivskit takes JSON such as {_EXAMPLE}; {error.msg} at character "
            f"{error.pos + 1} of {text!r}"
        ) from None


def _checked(name: str, block: object) -> Source:
    if not isinstance(block, Mapping):
        raise WrongSetting(f"ivskit: should be a JSON object, not {block!r} ({name})")
    return Source(name, block)


def _merged(sources: Sequence[Source]) -> Mapping[str, Any]:
    merged: Mapping[str, Any] = reduce(_overlaid, (source.block for source in sources), {})
    return merged


def _overlaid(below: Any, above: Any) -> Any:
    """Objects are merged field by field, everything else is replaced."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{name: _overlaid(below.get(name), each) for name, each in above.items()}}


def _line(error: ErrorDetails, sources: Sequence[Source]) -> str:
    field = ".".join(("ivskit", *map(str, error["loc"])))
    return f"{field}: {_sentence(error)} ({_origin(error['loc'], sources)})"


def _sentence(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such setting"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return f"{error['msg']}, not {error['input']!r}"


def _origin(field: tuple[int | str, ...], sources: Sequence[Source]) -> str:
    """The topmost source that holds the field, or else the group around it."""
    for length in range(len(field), -1, -1):
        for source in reversed(sources):
            if _holds(source.block, field[:length]):
                return source.name
    raise AssertionError("every source holds the whole")


def _holds(block: Any, field: tuple[int | str, ...]) -> bool:
    for name in field:
        try:
            block = block[name]
        except (IndexError, KeyError, TypeError):
            return False
    return True
