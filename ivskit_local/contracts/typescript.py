"""TypeScript types of all events, and a function for each command, made from their JSON schemas.

Of a schema they show what TypeScript can: fields, their types, and which of them go together.
Lengths and patterns are for a validator.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ivskit import names
from ivskit_local.contracts.described import DescribedEvent
from ivskit_local.contracts.schemas import Schema

_HEAD = Path(__file__).with_name("client.ts")
# The unions of events by source, with what they are.
_UNIONS = {
    "CommandEvent": ((names.COMMAND,), "Every command, as it arrives."),
    "OutcomeEvent": ((names.OUTCOME,), "Every outcome; `detail-type` says which it is."),
    "ChangeEvent": (
        (names.IVS, names.RECONCILE),
        "Every event of Amazon IVS, and those that a sweep re-emits on the ivskit bus.",
    ),
}


class NoType(Exception):
    """A schema says something that these types do not show yet."""


def typescript(events: Sequence[DescribedEvent]) -> str:
    """The text of the module."""
    return "\n".join([_HEAD.read_text(), *_types(events), *_unions(events), *_functions(events)])


def _types(events: Sequence[DescribedEvent]) -> Iterator[str]:
    shared: dict[str, Schema] = {}
    for event in events:
        shared.update(event.schema.get("$defs", {}))
    for name, schema in shared.items():
        yield _declared(name, schema)
    for event in events:
        source, detail_type = json.dumps(event.source), json.dumps(event.detail_type)
        yield _declared(event.name, event.fields["detail"])
        yield f"export type {event.name}Event = Envelope<{source}, {detail_type}, {event.name}>;\n"


def _unions(events: Sequence[DescribedEvent]) -> Iterator[str]:
    for name, (sources, purpose) in _UNIONS.items():
        members = [f"\n  | {event.name}Event" for event in events if event.source in sources]
        yield f"/** {purpose} */\nexport type {name} ={''.join(members)};\n"


def _functions(events: Sequence[DescribedEvent]) -> Iterator[str]:
    for event in events:
        if event.source == names.COMMAND:
            called = event.name[0].lower() + event.name[1:]
            made = f"command<{event.name}>({json.dumps(event.detail_type)})"
            yield f"/** {event.summary} */\nexport const {called} = {made};\n"


def _declared(name: str, schema: Schema) -> str:
    described = schema.get("description")
    return f"{_comment(described, '') if described else ''}export type {name} = {_type(schema)};\n"


def _comment(text: str, indent: str) -> str:
    lines = text.replace("*/", "* /").splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return "".join(
        [
            f"{indent}/**\n",
            *(f"{indent} * {line}".rstrip() + "\n" for line in lines),
            f"{indent} */\n",
        ]
    )


def _type(schema: Schema) -> str:
    """The type of what satisfies a schema; raises NoType."""
    for keyword, written in _BY_KEYWORD.items():
        if keyword in schema:
            return written(schema)
    # Whatever a schema allows that says nothing, such as metadata.
    if schema.keys() <= {"title", "description"}:
        return "unknown"
    raise NoType(f"a schema of {', '.join(schema)} has no type here")


def _either(schemas: Sequence[Schema]) -> str:
    return " | ".join(dict.fromkeys(map(_type, schemas)))


def _of_kind(schema: Schema) -> str:
    kind = schema["type"]
    if kind not in _BY_TYPE:
        raise NoType(f"type: {kind} is none of {', '.join(_BY_TYPE)}")
    return _BY_TYPE[kind](schema)


def _list(schema: Schema) -> str:
    member = _type(schema["items"])
    return f"({member})[]" if " | " in member else f"{member}[]"


def _object(schema: Schema) -> str:
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping):
        return f"Record<string, {_type(others)}>"
    return "Record<string, unknown>"


def _fields(schema: Schema) -> str:
    """An object with its fields, and its alternatives, if it has any."""
    fields = "".join(_field(schema, name) for name in schema["properties"])
    ways = [_way(way, schema) for way in schema.get("oneOf", schema.get("anyOf", []))]
    together = f" & (\n{''.join(ways)})" if ways else ""
    return f"{{\n{fields}}}{together}"


def _field(schema: Schema, name: str) -> str:
    described = schema["properties"][name].get("description")
    comment = _comment(described, "  ") if described else ""
    return f"{comment}  {_name(schema, name)}: {_type(schema['properties'][name])};\n"


def _way(way: Schema, whole: Schema) -> str:
    """One alternative; the type of a field that it asks for is that of the whole, without null."""
    parts = []
    for name, limited in way["properties"].items():
        given = {"type": "null"} if limited["type"] == "null" else whole["properties"][name]
        parts.append(f"{_name(way, name)}: {_type(given).removesuffix(' | null')}")
    return f"  | {{ {'; '.join(parts)} }}\n"


def _name(schema: Schema, name: str) -> str:
    return name if name in schema.get("required", ()) else f"{name}?"


_BY_TYPE: Mapping[str, Callable[[Schema], str]] = {
    "string": lambda _: "string",
    "integer": lambda _: "number",
    "number": lambda _: "number",
    "boolean": lambda _: "boolean",
    "null": lambda _: "null",
    "array": _list,
    "object": _object,
}
# The first keyword that a schema has decides.
_BY_KEYWORD: Mapping[str, Callable[[Schema], str]] = {
    "$ref": lambda schema: str(schema["$ref"]).rpartition("/")[2],
    "const": lambda schema: json.dumps(schema["const"]),
    "enum": lambda schema: " | ".join(map(json.dumps, schema["enum"])),
    "properties": _fields,
    "anyOf": lambda schema: _either(schema["anyOf"]),
    "type": _of_kind,
}
