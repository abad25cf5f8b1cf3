"""The JSON schemas in events/schemas."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from pydantic import ValidationError as WrongModel

from ivskit import commands
from ivskit_local.contracts import texts
from ivskit_local.contracts.schemas import schema_id, slug
from tests.samples import CHANNEL, EVENTS, SAMPLES, SCENARIOS, SCHEMAS, STREAM, sample

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


def test_what_is_sent_of_each_command_has_a_schema_of_its_own() -> None:
    for path in SAMPLES:
        if path.stem.startswith("command."):
            event = sample(path.stem)
            detail = SCHEMAS / "commands" / f"{slug(event['detail-type'])}.detail.json"
            checked = Draft202012Validator(json.loads(detail.read_text()))
            checked.validate(event["detail"])
            assert not checked.is_valid(event)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("stop-stream", {"channel_arns": [CHANNEL]}),
        ("stop-stream", {"channel_arn": None, "channel_arns": [CHANNEL], "stream_id": STREAM}),
        ("block-channel", {"channel_arn": None}),
        ("revoke-viewers", {"manifest": "s3://a-bucket/a.csv"}),
        ("revoke-viewers", {"viewers": None, "channel_arns": [CHANNEL]}),
    ],
)
def test_a_command_names_its_subject_in_exactly_one_way(name: str, detail: dict[str, Any]) -> None:
    event = sample(f"command.{name}")
    model = commands.BY_DETAIL_TYPE[event["detail-type"]]
    model.read(event)
    event["detail"] |= detail

    assert not schema_of(event).is_valid(event)
    with pytest.raises(WrongModel):
        model.read(event)


def test_what_is_generated_is_as_the_models_generate_it() -> None:
    """`python -m ivskit_local.contracts` writes it anew."""
    written = texts(EVENTS)
    there = {path.relative_to(EVENTS).as_posix() for path in SCHEMAS.rglob("*.json")}

    assert {path for path in there if not path.startswith("schemas/ivs/")} <= written.keys()
    for path, text in written.items():
        assert (EVENTS / path).read_text() == text, path


def test_the_id_of_a_schema_is_its_path() -> None:
    """A URN, since no host serves them."""
    for path in SCHEMAS.rglob("*.json"):
        expected = schema_id(path.relative_to(SCHEMAS).as_posix())
        assert json.loads(path.read_text())["$id"] == expected


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_satisfies_the_schema_that_it_names(path: Path) -> None:
    scenario = json.loads(path.read_text())
    schema = json.loads((path.parent / scenario["$schema"]).read_text())

    Draft202012Validator(schema).validate(scenario)
