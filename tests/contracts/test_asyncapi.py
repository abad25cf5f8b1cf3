"""The AsyncAPI document: valid, whole, and true to the samples."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from ivskit import commands, outcomes
from tests.contracts.modules import Node
from tests.samples import EVENTS, SAMPLES, SCHEMAS, sample

FILE = EVENTS / "contracts" / "asyncapi.json"
DOCUMENT: dict[str, Any] = json.loads(FILE.read_text())


def titles(operation: str) -> set[str]:
    """The detail types of the messages of an operation."""
    found = DOCUMENT["operations"][operation]["messages"]
    return {str(at(at(each["$ref"])["$ref"])["title"]) for each in found}


def at(reference: str) -> Any:
    """What a reference leads to; raises KeyError where it leads nowhere."""
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(part: Any) -> Iterator[str]:
    """Every reference below a part of the document."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        part = [*part.values()]
    for each in part if isinstance(part, list) else []:
        yield from references(each)


def test_the_document_satisfies_the_schema_of_asyncapi(node: Node, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    operations = {**DOCUMENT["operations"], "sendOutcomes": {"action": "publish"}}
    wrong.write_text(json.dumps(DOCUMENT | {"operations": operations}))

    broken = node.run("asyncapi.mjs", FILE, wrong)

    assert broken == {str(FILE): None, str(wrong): "/operations/sendOutcomes"}


def test_every_reference_leads_to_a_part_of_the_document() -> None:
    found = [*references(DOCUMENT)]

    assert len(found) > 100
    for reference in found:
        at(reference)


def test_the_document_has_every_command_outcome_and_change() -> None:
    of_ivs = [json.loads(path.read_text()) for path in (SCHEMAS / "ivs").glob("*.json")]

    assert titles("receiveCommands") == {*commands.BY_DETAIL_TYPE}
    assert titles("sendOutcomes") == {*outcomes.BY_NAME}
    assert titles("receiveChanges") == {
        schema["properties"]["detail-type"]["const"] for schema in of_ivs
    }


@pytest.mark.parametrize("name", [path.stem for path in SAMPLES if "schedule" not in path.stem])
def test_a_sample_satisfies_the_payload_of_one_message(name: str) -> None:
    event = sample(name)
    fitting = [
        message["title"]
        for message in DOCUMENT["components"]["messages"].values()
        if Draft7Validator({**DOCUMENT, **message["payload"]}).is_valid(event)
    ]

    assert fitting == [event["detail-type"]]
