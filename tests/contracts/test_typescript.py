"""The TypeScript module: its types fit the samples, and its functions make what the models read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from ivskit import commands
from ivskit.commands import parse_command
from ivskit_local.contracts.typescript import NoType, _type
from tests.contracts.modules import HERE, Node
from tests.samples import EVENTS, SAMPLES, sample

STRICT = (
    "--strict",
    "--exactOptionalPropertyTypes",
    "--noUncheckedIndexedAccess",
    "--verbatimModuleSyntax",
    "--erasableSyntaxOnly",
)
UNIONS = {"aws.ivs": "ChangeEvent", "ivskit.command": "CommandEvent"}


@pytest.fixture(scope="module")
def built(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module as JavaScript, compiled together with what uses its types."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "package.json").write_text('{"type": "module"}')
    copy(EVENTS / "contracts" / "ivskit.ts", folder)
    copy(HERE / "wrong.ts", folder)
    events = [sample(path.stem) for path in SAMPLES]
    typed = [
        f"export const e{number}: {UNIONS[event['source']]} = {json.dumps(event)};"
        for number, event in enumerate(events)
        if event["source"] in UNIONS
    ]
    assert len(typed) > 30
    imported = f"import type {{ {', '.join(UNIONS.values())} }} from './ivskit.js';"
    (folder / "samples.ts").write_text("\n".join([imported, *typed]))
    node.compile(*STRICT, "--target", "es2022", *sorted(folder.glob("*.ts")))
    return folder / "ivskit.js"


def test_each_function_makes_an_entry_that_the_model_reads(node: Node, built: Path) -> None:
    details = {
        event["detail-type"]: event["detail"]
        for event in (sample(path.stem) for path in SAMPLES if path.stem.startswith("command."))
    }
    assert details.keys() == commands.BY_DETAIL_TYPE.keys()
    calls = [
        [name[0].lower() + name[1:].replace(" ", ""), without_identity(detail), "ivskit-dev"]
        for name, detail in details.items()
    ]

    entries = node.run("call.mjs", built, json.dumps(calls))

    assert [entry["DetailType"] for entry in entries] == [*details]
    for entry in entries:
        assert (entry["EventBusName"], entry["Source"]) == ("ivskit-dev", "ivskit.command")
        detail = json.loads(entry["Detail"])
        command = parse_command({"detail-type": entry["DetailType"], "detail": detail})
        assert abs(datetime.now(UTC) - command.issued_at) < timedelta(minutes=1)
        assert without_identity(detail) == without_identity(details[entry["DetailType"]])
    assert len({json.loads(entry["Detail"])["command_id"] for entry in entries}) == len(entries)


def without_identity(detail: dict[str, Any]) -> dict[str, Any]:
    """The fields that the function does not set."""
    return {name: each for name, each in detail.items() if name not in ("command_id", "issued_at")}


def test_an_id_and_a_time_of_ones_own_are_kept(node: Node, built: Path) -> None:
    fields = {"command_id": "again", "issued_at": "2026-11-20T16:58:00Z", "channel_arns": ["arn"]}

    [entry] = node.run("call.mjs", built, json.dumps([["blockChannel", fields, "bus"]]))

    assert json.loads(entry["Detail"]) == fields


@pytest.mark.parametrize("schema", [{"not": {}}, {"type": "tuple"}])
def test_a_schema_that_has_no_type_yet_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(NoType):
        _type(schema)
