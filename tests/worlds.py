"""Worlds with the app in them, and one channel that an event speaks of."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ivs_emulator
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.world import World

ROOT = Path(__file__).parents[1]
START = datetime(2026, 11, 20, 16, 47, 31, tzinfo=UTC)

OpenWorld = Callable[..., AbstractContextManager[World]]


def opener(templates: Templates, event: Mapping[str, Any]) -> OpenWorld:
    """Opens worlds with one managed channel, in the state that this event speaks of."""

    @contextmanager
    def open_it(
        *,
        tags: Mapping[str, str] = MANAGED,
        policy: Mapping[str, str] | None = None,
        keys: Mapping[str, str] | None = None,
        playback: Mapping[str, Any] | None = None,
        restrictions: Mapping[str, Any] | None = None,
        welcomes: Mapping[str, Any] | None = None,
        command_channels: str = "all",
        **options: Any,
    ) -> Iterator[World]:
        settings = {
            "IVSKIT_POLICY": policy or {},
            "IVSKIT_KEYS": keys or {},
            "IVSKIT_PLAYBACK": playback or {},
            "IVSKIT_RESTRICTIONS": restrictions or {},
            "IVSKIT_WELCOMES": welcomes or {},
        }
        wanted = _variant(templates, settings, command_channels)
        with World(wanted, project_root=ROOT, **{"start": START, **options}) as world:
            ivs_emulator.bring_to(ivs_emulator.backend, dict(event), tags=dict(tags))
            yield world

    return open_it


# For each test anew, they would be copied for longer than a world takes to open.
_VARIANTS: deque[tuple[Templates, object, Templates]] = deque(maxlen=16)


def _variant(
    templates: Templates, settings: Mapping[str, Mapping[str, Any]], command_channels: str
) -> Templates:
    wanted = json.dumps([settings, command_channels])
    for of, what, made in _VARIANTS:
        if of is templates and what == wanted:
            return made
    changed = with_settings(templates, **settings)
    made = with_variable(changed, "IVSKIT_COMMAND_CHANNELS", command_channels)
    _VARIANTS.append((templates, wanted, made))
    return made


def with_settings(templates: Templates, **settings: Mapping[str, Any]) -> Templates:
    """The same app, as these settings would have it."""
    changed: dict[str, Any] = deepcopy(dict(templates))
    for template in changed.values():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                variables = resource["Properties"]["Environment"]["Variables"]
                for name, some in settings.items():
                    if name in variables:
                        variables[name] = json.dumps(json.loads(variables[name]) | some)
    return changed


def with_variable(templates: Templates, name: str, value: str) -> Templates:
    """The same app, with another value of this environment variable."""
    changed: dict[str, Any] = deepcopy(dict(templates))
    for template in changed.values():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                resource["Properties"]["Environment"]["Variables"][name] = value
    return changed


# What Lambda does with the role by itself, and what comes with an action rather than as a call.
NOT_CALLED = {
    "iam:PassRole",
    "ivs:TagResource",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:TagResource",
    "ssm:AddTagsToResource",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


def granted(templates: Templates, function: str) -> set[str]:
    """Every action of a function's role."""
    return {
        action
        for resource in templates["ivskit-dev-automation"]["Resources"].values()
        if resource["Type"] == "AWS::IAM::Policy"
        and f"/{function}/" in resource["Metadata"]["aws:cdk:path"]
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        for action in _listed(statement["Action"])
    }


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
