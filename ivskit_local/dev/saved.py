"""What was done on a stage as a scenario, which expects what came of it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ivs_emulator.channels import Channel
from ivskit import names
from ivskit_local.dev.inputs import HttpRequest, NewChannel
from ivskit_local.dev.stage import Stage
from ivskit_local.errors import WrongUsage
from ivskit_local.runtime.deliveries import Event
from ivskit_local.scenarios.expectations import ChannelState
from ivskit_local.scenarios.run import ChannelSpec, Run
from ivskit_local.scenarios.words import format_span

# These say more about how long the stage ran, to the second, than about what was done.
_BY_THE_WAY = {
    names.STREAMS_RECONCILED,
    names.SWEEP_SKIPPED,
    names.STOP_SKIPPED,
    names.ROTATION_SKIPPED,
    names.WILL_LOOK_AGAIN,
}
# What the command's own fields are in a step.
_IN_STEP = {"command_id", "issued_at", "channel_arn"}


def scenario_of(stage: Stage) -> dict[str, Any]:
    """The document of a scenario; raises WrongUsage where nothing was done that it could repeat.

    Channels exist from its start on. Of the requests of SDKs it holds the commands.
    """
    stage.rest_at_full_second()
    run = stage.run
    steps = sorted(_steps(stage), key=lambda step: step["at_seconds"])
    if not (run.arns and steps):
        raise WrongUsage("nothing was done yet that a scenario could repeat")
    check = {"at": format_span(stage.now - run.start), "do": "check", "expect": _found(run)}
    letters = len(stage.world.dead_letters())
    return {
        "tells": f"Recorded from a stage with {len(run.arns)} channel(s).",
        "starts": run.start.isoformat(),
        "seed": stage.seed,
        "channels": {name: _spec(stage, name) for name in run.arns},
        "steps": [*({k: v for k, v in step.items() if k != "at_seconds"} for step in steps), check],
        "expect": {"dead_letters": letters} if letters else {},
    }


def _steps(stage: Stage) -> Iterator[dict[str, Any]]:
    for given in stage.inputs:
        if not isinstance(given.what, NewChannel | HttpRequest):
            step = given.what.model_dump(mode="json", exclude_defaults=True)
            # Whether it was refused then is what the check is about.
            yield {**step, "may_fail": True, "at_seconds": given.at.total_seconds()}
    for at, event in stage.sent:
        yield {
            **_command(event, stage.run),
            "at": format_span(at),
            "at_seconds": at.total_seconds(),
        }


def _command(event: Event, run: Run) -> dict[str, Any]:
    detail: Mapping[str, Any] = event["detail"]
    by_arn = {arn: name for name, arn in run.arns.items()}
    step: dict[str, Any] = {"do": "command", "command": event["detail-type"]}
    if isinstance(detail.get("command_id"), str) and detail["command_id"]:
        step["id"] = detail["command_id"]
    channel = by_arn.get(str(detail.get("channel_arn")))
    own = _IN_STEP if channel else _IN_STEP - {"channel_arn"}
    rest = {name: value for name, value in detail.items() if name not in own}
    return step | ({"channel": channel} if channel else {}) | ({"detail": rest} if rest else {})


def _spec(stage: Stage, name: str) -> dict[str, Any]:
    given = (each.what for each in stage.inputs if isinstance(each.what, NewChannel))
    spec = next((each.spec for each in given if each.name == name), None)
    if spec is None:
        channel = stage.world.ivs.channels.get(stage.run.arns[name])
        spec = ChannelSpec(
            tags=stage.run.tags_worn[name][0].tags,
            has_key=stage.run.first_keys[name] is not None,
            private=isinstance(channel, Channel) and channel.authorized,
        )
    return spec.model_dump(mode="json", exclude_defaults=True)


def _found(run: Run) -> dict[str, Any]:
    """How things are now, as a check expects them."""
    published = {put.event["detail"]["id"]: put.event for put in _outcomes(run)}
    counts = Counter(event["detail-type"] for event in published.values())
    return {
        "channels": {name: _state(run, name) for name in run.arns if _is_there(run, name)},
        "told": {name: count for name, count in counts.items() if name not in _BY_THE_WAY},
    }


def _outcomes(run: Run) -> Iterator[Any]:
    return (put for put in run.world.published if put.event["source"] == names.OUTCOME)


def _is_there(run: Run, name: str) -> bool:
    return run.arns[name] in run.world.ivs.channels


def _state(run: Run, name: str) -> dict[str, Any]:
    key, first = run.key(name), run.first_keys[name]
    is_first = key is not None and first is not None and key.arn == first.arn
    state = ChannelState(
        live=run.world.ivs.live_session(run.arns[name]) is not None,
        key="none" if key is None else "first" if is_first else "new",
    )
    return state.model_dump(mode="json", exclude_defaults=True)
