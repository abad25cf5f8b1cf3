"""Ajv, the validator of JavaScript, takes every schema in its strict mode."""

import json
from pathlib import Path

from tests.contracts.modules import Node
from tests.samples import SCHEMAS


def test_every_schema_compiles_in_strict_mode(node: Node, tmp_path: Path) -> None:
    loose = tmp_path / "loose.json"
    loose.write_text(json.dumps({"anyOf": [{"required": ["limit"]}]}))

    refused = node.run("compile.mjs", loose, *sorted(SCHEMAS.rglob("*.json")))

    assert [*refused] == [str(loose)]
