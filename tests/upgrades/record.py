"""Records what the last release keeps and sends: `uv run python -m tests.upgrades.record`.

It plays tests/upgrades/recorded/scenario.json with the functions of the last release, and writes
what is there at the end into moment.json beside it. schemas.json gets the models by which that
release reads, examples.json what it writes but the scenario does not lead to.
"""

import importlib
import json
import sys
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import tests.conftest  # noqa: F401  # credentials, before anything imports boto3
from ivskit_local.runtime import lambdas
from ivskit_local.runtime.sandboxes import Sandboxes
from ivskit_local.runtime.synth import Templates, overrides_of, synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.format import Scenario, parse_scenario
from ivskit_local.scenarios.run import Run
from tests.samples import sample
from tests.upgrades.last_release import LIBRARY, unpacked
from tests.upgrades.moments import taken
from tests.worlds import ROOT

RECORDED = Path(__file__).parent / "recorded"
# Of the limit of streams that is reached at the end.
LIMIT = 3


def recorded(name: str) -> Any:
    """What was recorded of the last release under this name."""
    return json.loads((RECORDED / f"{name}.json").read_text())


def scenario() -> Scenario:
    """The scenario that is recorded."""
    return parse_scenario("scenario.json", recorded("scenario")).scenario


def templates() -> Templates:
    """The app as the scenario sets it."""
    return synthesize(ROOT, overrides=overrides_of(scenario().settings.items()))


def play() -> dict[str, Any]:
    """The moment that the scenario leads to, with whatever functions are taken."""
    played = scenario()
    with World(templates(), project_root=ROOT, start=played.starts) as world:
        run = Run(world, played.channels, folder=RECORDED, project_root=ROOT)
        for step in played.steps:
            world.run_for(max(run.start + step.at - world.now, timedelta()))
            step.carry_out(run)
        world.deliver(breach(world))
        world.run_for(timedelta(seconds=2))
        return taken(world, run.arns)


def breach(world: World) -> dict[str, Any]:
    """The account is at its limit of streams now."""
    event = sample("limit-breach.concurrent-broadcasts", limit_value=LIMIT)
    return event | {"time": world.now.isoformat()}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        last = unpacked(Path(folder))
        with patch.object(lambdas, "Sandboxes", lambda code, stay_warm: Sandboxes(last)):
            _write("moment", play())
        sys.path.insert(0, str(last))
        _write("schemas", _schemas())
        _write("examples", _examples())


def _write(name: str, value: Any) -> None:
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    (RECORDED / f"{name}.json").write_text(text + "\n")


def _of_last(module: str) -> Any:
    return importlib.import_module(f"{LIBRARY}.{module}")


def _schemas() -> dict[str, Any]:
    """By what carries it: the schemas of the models of the last release."""
    jobs, errands = _of_last("jobs"), _of_last("errands")
    kept = {
        "memory": _of_last("remembered").Remembered,
        "begun": jobs.Begun,
        "planned": _of_last("outcomes").RevocationPlanned,
        "failed": errands.Failed,
        "rejected": jobs.Rejected,
        "left_alone": jobs.Left,
        "part": jobs.Part,
        "stall": _of_last("progress").Stall,
        "pause": _of_last("pause").Paused,
    }
    return {
        "kept": _each(kept),
        "outcomes": _each(_of_last("outcomes").BY_NAME),
        "messages": {
            "ivskit.command": _each(_of_last("commands").BY_DETAIL_TYPE),
            "ivskit.errand": _each(errands._MODELS),
            "ivskit.look-again": _each({"Look Again": _of_last("look_again").LookAgain}),
        },
    }


def _each(models: Mapping[str, Any]) -> dict[str, Any]:
    return {name: model.model_json_schema() for name, model in models.items()}


def _examples() -> dict[str, Any]:
    errands, job = _of_last("errands"), {"job": "mass", "event_id": "event of mass"}
    paused = _of_last("pause").Paused(
        since="2026-11-20T18:00:00Z", by="ada", reason="a test", commands_too=True
    )
    return {
        "messages": {
            "Plan On": json.loads(errands.PlanOn(**job, part=0).message()),
            "Finish Job": json.loads(errands.Finish(**job).message()),
        },
        "pause": paused.model_dump_json(exclude_none=True),
        "memory": _everything_remembered(),
    }


def _everything_remembered() -> dict[str, Any]:
    """An item with every field that the last release knows."""
    at, why = "2026-11-20T17:30:00Z", {"cause": "cause", "reason": "why", "event_id": "event"}
    also = {**why, "cause": "another", "stream_id": "st-1", "sender": "ada"}
    idle = {"since": at, "longest": "PT1H"}
    skipped = {"event_id": "event", "at": at, "detail": {"reason": "why", "mode": "enforce"}}
    names = ("Stream Key Kept", "Stream Kept", "Viewers Kept")
    fields: dict[str, Any] = {
        "intent": {
            **why, "at": at, "stream_id": "st-1", "sender": "ada", "old_key_arn": "arn",
            "tags": {"a": "b"}, "ingest_endpoint": "host", "also": [also],
        },
        "key": {"arn": "arn", "made_at": at, "version": "v1", "refused_at": at, "ask_at": at},
        "causes": [{"cause": name, "outcome": name, **skipped} for name in names],
        "blocked": {"command_id": "command", "issued_at": at, "forced": True},
        "session": {"stream_id": "st-1", "started_at": at, "ended_at": at},
        "bad_tags": {"occasion": "stream start", "errors": ["wrong"]},
        "stopping": {
            **why, "at": at, "then": "rotate", "verify": "verify kick", "by": "policy",
            "again": True, "stream_id": "st-1", "sender": "ada", "also": [also],
        },
        "unblocked_at": at,
        "lockout": {"cause": "cause", "until": at, "sender": "ada", "by": "policy", "at": at},
        "orphaned": {"since": at, "deleted_at": at},
        "round": {
            "swept_at": at, "first_swept_at": at, "idle": {"st-1": idle}, "looked_at": "arn",
            "asked_after": "arn", "unmanaged": "packed", "unlimited": "packed", "page": "token",
            "visited": 7, "stored": "token",
        },
    }  # fmt: skip
    model = _of_last("remembered").Remembered
    if missing := model.model_fields.keys() - fields.keys():
        raise SystemExit(f"the example lacks {missing}")
    dumped = model.model_validate(fields).model_dump(mode="json", exclude_none=True)
    return {name: {"S": json.dumps(value)} for name, value in dumped.items()}


if __name__ == "__main__":
    main()
