"""One AsyncAPI 3 document of all commands, outcomes and changes, made from their JSON schemas."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from ivskit import names
from ivskit_local.contracts.described import DescribedEvent
from ivskit_local.contracts.schemas import Schema

_DESCRIPTION = (
    "Events on Amazon EventBridge: commands to ivskit, its outcomes, and the events of Amazon IVS,"
    " which ivskit calls changes. They may arrive late, twice and out of order. `detail` of a"
    " command is what PutEvents takes as `Detail`; EventBridge adds the other fields."
)
_OURS, _DEFAULT = "ivskit", "default"
# By source: the channel, what the application named ivskit does there, and an operation's id.
_OPERATIONS = {
    names.COMMAND: (_OURS, "receive", "receiveCommands", "Applications and people ask it to act."),
    names.OUTCOME: (_OURS, "send", "sendOutcomes", "It says what it did, or why nothing."),
    names.RECONCILE: (_OURS, "send", "sendMissedChanges", "It re-emits what never arrived."),
    names.IVS: (_DEFAULT, "receive", "receiveChanges", "Amazon IVS says what happened."),
}
# Where a message names what it belongs to: an outcome has the command's id as its cause.
_CORRELATIONS = {names.COMMAND: "command_id", names.OUTCOME: "cause"}


def asyncapi(events: Sequence[DescribedEvent]) -> dict[str, Any]:
    """The document of these events; every reference is to a part of it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ivskit",
            "version": version("ivskit"),
            "description": _DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {
            _OURS: {
                "address": "ivskit-{stage}",
                "title": "The ivskit bus",
                "parameters": {
                    "stage": {"description": "`stage` of the settings", "default": "dev"}
                },
                "messages": _messages(events, _OURS),
            },
            _DEFAULT: {
                "address": "default",
                "title": "The default bus of the account, to which IVS sends",
                "messages": _messages(events, _DEFAULT),
            },
        },
        "operations": {
            name: _operation(source, [event for event in events if event.source == source])
            for source, (_, _, name, _) in _OPERATIONS.items()
        },
        "components": {
            "messages": {event.name: _message(event) for event in events},
            "schemas": _schemas(events),
        },
    }


def _messages(events: Sequence[DescribedEvent], channel: str) -> Mapping[str, Any]:
    of_channel = [event for event in events if _OPERATIONS[event.source][0] == channel]
    return {event.name: _to("components", "messages", event.name) for event in of_channel}


def _operation(source: str, events: Sequence[DescribedEvent]) -> Mapping[str, Any]:
    channel, action, _, summary = _OPERATIONS[source]
    return {
        "action": action,
        "summary": summary,
        "channel": _to("channels", channel),
        "messages": [_to("channels", channel, "messages", event.name) for event in events],
    }


def _message(event: DescribedEvent) -> Mapping[str, Any]:
    cause = _CORRELATIONS.get(event.source)
    correlation = {"location": f"$message.payload#/detail/{cause}"}
    return {
        "name": event.name,
        "title": event.detail_type,
        "summary": event.summary,
        **({"correlationId": correlation} if cause else {}),
        "payload": _to("components", "schemas", f"{event.name}Event"),
    }


def _schemas(events: Sequence[DescribedEvent]) -> Mapping[str, Any]:
    """Every envelope, every detail, and what a detail refers to."""
    found: dict[str, Any] = {}
    for event in events:
        found.update(event.schema.get("$defs", {}))
        found[event.name] = event.fields["detail"]
        found[f"{event.name}Event"] = _envelope(event)
    return {name: _with_references_here(schema) for name, schema in sorted(found.items())}


def _envelope(event: DescribedEvent) -> Schema:
    kept = {name: value for name, value in event.schema.items() if name[0] != "$"}
    fields = {**event.fields, "detail": _to("components", "schemas", event.name)}
    return {**kept, "properties": fields}


def _with_references_here(schema: Any) -> Any:
    """The schema, where its own definitions are components of the document."""
    if isinstance(schema, list):
        return [_with_references_here(each) for each in schema]
    if isinstance(schema, dict):
        return {name: _with_references_here(value) for name, value in schema.items()}
    if isinstance(schema, str):
        return schema.replace("#/$defs/", "#/components/schemas/")
    return schema


def _to(*path: str) -> Mapping[str, str]:
    return {"$ref": "#/" + "/".join(path)}
