"""The JSON schemas of our own events and of scenarios.

IVS's own schemas stand beside them; they are taken over from its documentation, not generated.
"""

from collections.abc import Mapping
from typing import Any

from ivskit import commands, names, outcomes
from ivskit.changes import MissedChange
from ivskit_local.scenarios.format import Scenario

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}

Schema = Mapping[str, Any]


def slug(detail_type: str) -> str:
    """A detail type as the name of a file: `IVS Stream State Change` is `stream-state-change`."""
    return detail_type.removeprefix("IVS ").lower().replace(" ", "-")


def schema_id(path: str) -> str:
    """The id of a schema, by its path below events/schemas."""
    return "urn:ivskit:" + path.removesuffix(".json").replace("/", ":")


def own_schemas() -> dict[str, Schema]:
    """Every schema of ours, by its path below events/schemas."""
    found = {
        **_of_commands(),
        **_of_outcomes(),
        f"missed/{slug(names.STREAM_STATE_CHANGE)}.json": _of_missed_changes(),
        f"schedules/{slug(names.SWEEP)}.json": _envelope(
            names.SCHEDULE, names.SWEEP, {"type": "object"}
        ),
        "scenario.json": _without_discriminators(Scenario.model_json_schema()),
    }
    return {
        path: {"$schema": _DIALECT, "$id": schema_id(path), **schema}
        for path, schema in found.items()
    }


def _of_commands() -> dict[str, Schema]:
    """Of each command the event that arrives, and the detail that is sent."""
    found = {}
    for name, model in commands.BY_DETAIL_TYPE.items():
        detail = model.model_json_schema(mode="validation")
        found[f"commands/{slug(name)}.json"] = _envelope(names.COMMAND, name, detail)
        found[f"commands/{slug(name)}.detail.json"] = detail
    return found


def _of_outcomes() -> dict[str, Schema]:
    return {
        f"outcomes/{slug(name)}.json": _envelope(
            names.OUTCOME, name, model.model_json_schema(mode="serialization")
        )
        for name, model in outcomes.BY_NAME.items()
    }


def _of_missed_changes() -> Schema:
    """What a sweep re-emits; the event's other fields name the channel and the time."""
    schema = MissedChange.model_json_schema()
    fields = {name: schema["properties"][name] for name in MissedChange.DETAIL}
    detail = {**schema, "properties": fields, "required": list(fields)}
    return _envelope(names.RECONCILE, names.STREAM_STATE_CHANGE, detail)


def _without_discriminators(schema: Any) -> Any:
    """The schema without a keyword of OpenAPI, which JSON Schema does not know."""
    if isinstance(schema, list):
        return [_without_discriminators(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    left_out = {"discriminator"} if "oneOf" in schema else set()
    kept = {name: value for name, value in schema.items() if name not in left_out}
    return {name: _without_discriminators(value) for name, value in kept.items()}


def _envelope(source: str, detail_type: str, detail: Schema) -> Schema:
    properties = {
        "version": _TEXT,
        "id": _TEXT,
        "source": {"const": source},
        "account": _TEXT,
        "time": {"type": "string", "format": "date-time"},
        "region": _TEXT,
        "resources": {"type": "array", "items": _TEXT},
        "detail-type": {"const": detail_type},
        "detail": {name: value for name, value in detail.items() if name != "$defs"},
    }
    return {
        "title": detail_type,
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "$defs": detail.get("$defs", {}),
    }
