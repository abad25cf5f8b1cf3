"""The JSON schemas in events/schemas."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from ivskit_local.schemas import slug, write
from tests.samples import SAMPLES, SCENARIOS, SCHEMAS, sample

FOLDERS = {"aws.ivs": "ivs", "ivskit.command": "commands", "ivskit.schedule": "schedules"}


def schema_of(event: dict[str, Any]) -> Draft202012Validator:
    """The schema that an event is to satisfy."""
    file = SCHEMAS / FOLDERS[event["source"]] / f"{slug(event['detail-type'])}.json"
    schema = json.loads(file.read_text())
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("name", [path.stem for path in SAMPLES])
def test_every_sample_satisfies_its_schema(name: str) -> None:
    event = sample(name)

    schema_of(event).validate(event)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("stream-state-change.stream-end", {"event_name": "Stream Down"}),
        ("stream-state-change.stream-end", {"stream_id": "st-short"}),
        ("command.rotate-stream-key", {"if_live": "maybe"}),
        ("command.rotate-stream-key", {"if_life": "proceed"}),
        ("command.rotate-stream-key", {"max_age": "an hour"}),
        ("command.stop-stream", {"channel_arn": "nonsense"}),
        ("command.push-metadata", {"issued_at": "yesterday"}),
    ],
)
def test_a_schema_refuses_what_the_model_refuses(name: str, detail: dict[str, Any]) -> None:
    event = sample(name, **detail)

    with pytest.raises(ValidationError):
        schema_of(event).validate(event)


def test_our_schemas_are_as_the_models_generate_them(tmp_path: Path) -> None:
    """`python -m ivskit_local.schemas` writes them anew."""
    write(tmp_path)

    assert {
        path.relative_to(SCHEMAS).as_posix(): path.read_text()
        for path in SCHEMAS.rglob("*.json")
        if path.parent.name != "ivs"
    } == {
        path.relative_to(tmp_path).as_posix(): path.read_text() for path in tmp_path.rglob("*.json")
    }


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_satisfies_the_schema_that_it_names(path: Path) -> None:
    scenario = json.loads(path.read_text())
    schema = json.loads((path.parent / scenario["$schema"]).read_text())

    Draft202012Validator(schema).validate(scenario)
