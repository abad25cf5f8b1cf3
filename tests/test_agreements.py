"""What imports cannot show: two files that must say the same."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from ivskit import names, quotas
from ivskit_cli.main import main
from ivskit_local.runtime.patterns import compile_pattern
from ivskit_local.runtime.synth import synthesize
from tests.samples import SAMPLES, sample
from tests.worlds import granted

ROOT = Path(__file__).parents[1]
# The settings with which every function is deployed, as scenarios have them.
EVERYTHING = {"recordings": {"index": True, "buckets": ["recordings"]}}
# What a function gets only with a setting, of whose tests one is about the variable.
BY_SETTING = {"IVSKIT_CUSTOMER_KEY", "IVSKIT_WATCH_QUOTAS"}
# What a function gets for Powertools or for the AWS SDK rather than for its own environment.py.
NOT_OURS = {"POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}


@cache
def resources() -> dict[str, dict[str, Any]]:
    """Every resource of the app, by its construct path."""
    return {
        resource.get("Metadata", {}).get("aws:cdk:path", logical_id): resource
        for template in synthesize(ROOT, EVERYTHING).values()
        for logical_id, resource in template["Resources"].items()
    }


def of_type(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Path and properties of every resource of a type."""
    for path, resource in resources().items():
        if resource["Type"] == kind:
            yield path, resource["Properties"]


def functions() -> dict[str, dict[str, Any]]:
    """Every function of ours, by its package."""
    found = (properties for _, properties in of_type("AWS::Lambda::Function"))
    return {properties["Handler"].partition(".")[0]: properties for properties in found}


def rules_that_match(event: dict[str, Any]) -> set[str]:
    """The last part of the path of every rule that lets an event through."""
    return {
        path.removesuffix("/Resource").rpartition("/")[2]
        for path, properties in of_type("AWS::Events::Rule")
        if compile_pattern(properties["EventPattern"])(event)
    }


@pytest.mark.parametrize("name", [path.stem for path in SAMPLES])
def test_a_rule_matches_exactly_the_samples_that_it_is_for(name: str) -> None:
    expected = {
        "stream-state-change.stream-end": {"StreamEnd"},
        "stream-state-change.stream-start": {"StreamStart"},
        "stream-health-change.starvation-start": {"StarvationStart"},
        "recording-state-change.recording-start": {"RecordingStateChange"},
        "recording-state-change.recording-end": {"RecordingStateChange"},
        "recording-state-change.recording-end.merged": {"RecordingStateChange"},
        "recording-state-change.recording-start-failure": {"RecordingStateChange"},
        "recording-state-change.recording-end-failure": {"RecordingStateChange"},
        "command.rotate-stream-key": {"RotateStreamKeyCommand"},
        "command.take-down": {"TakeDownCommand"},
        "command.restore": {"RestoreCommand"},
        "command.restrict-playback": {"RestrictPlaybackCommand"},
        "command.lift-restriction": {"LiftRestrictionCommand"},
        "command.rotate-playback-key": {"RotatePlaybackKeyCommand"},
        "command.stop-stream": {"StopStreamCommand"},
        "command.block-channel": {"BlockChannelCommand"},
        "command.unblock-channel": {"UnblockChannelCommand"},
        "command.push-metadata": {"PushMetadataCommand"},
        "command.revoke-viewers": {"RevokeViewersCommand"},
        "command.cancel-revocation": {"CancelRevocationCommand"},
        "command.resume-revocation": {"ResumeRevocationCommand"},
    }
    of_none = {"LimitBreach"} if name.startswith("limit-breach") else set()
    audit = {"Everything"} if name.startswith("command") else {"IvsEvents"}
    audit -= {"IvsEvents"} if name.startswith("schedule") else set()

    assert rules_that_match(sample(name)) == expected.get(name, of_none) | audit


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("stream-state-change.stream-end", "ReconciledStreamEnd"),
        ("stream-state-change.stream-start", "ReconciledStreamStart"),
    ],
)
def test_a_missed_change_from_the_sweep_matches_a_rule_of_its_own(name: str, rule: str) -> None:
    assert rules_that_match(sample(name) | {"source": names.RECONCILE}) == {
        rule,
        "Everything",
    }


def test_every_folder_of_functions_is_a_function_and_the_other_way_round() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}

    assert set(functions()) == folders


@pytest.mark.parametrize(
    "package", [path.parent.name for path in ROOT.glob("functions/*/handler.py")]
)
def test_a_function_is_given_exactly_the_environment_that_it_reads(package: str) -> None:
    environment: type[BaseModel] = import_module(f"{package}.environment").Environment
    given = functions()[package]["Environment"]["Variables"]

    read = {field.alias for field in environment.model_fields.values()}
    assert read - BY_SETTING == set(given) - NOT_OURS


@pytest.mark.parametrize("command", ["replay", "audit", "jobs"])
def test_readme_and_docs_show_the_help_as_the_program_prints_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main([command, "--help"]) == 0

    pages = [path.read_text() for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))]
    assert capsys.readouterr().out in "\n".join(pages)


def test_the_readme_names_every_function_and_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()
    block = json.loads((ROOT / "cdk.json").read_text())["context"]["ivskit"]
    grouped = {
        f"{group}.{name}"
        for group in [name for name, value in block.items() if isinstance(value, dict)]
        for name in block.pop(group)
    }

    named = {*functions(), *grouped, *block}
    assert {name for name in named if f"`{name}`" not in readme} == set()


def test_every_file_of_events_that_a_page_names_is_there() -> None:
    pages = [path.read_text() for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))]
    named = set(re.findall(r"events/[a-z0-9./-]+\.json", "\n".join(pages)))
    # By docs/extending.md.
    added = set(re.findall(r"^\*\*`(.+)`\*\*$", "\n".join(pages), re.MULTILINE))

    assert named
    assert {name for name in named - added if not (ROOT / name).is_file()} == set()


def test_the_page_about_quotas_says_what_the_table_says() -> None:
    page = (ROOT / "docs" / "quotas.md").read_text()
    rows = re.findall(r"^\| (\w+) \| (\d+) \|$", page, re.MULTILINE)

    assert {name: int(rate) for name, rate in rows} == dict(quotas.RATES)
    assert f"{quotas.PUT_METADATA_PER_CHANNEL} a second per channel" in page
    taken = re.findall(r"^\| (\w+) \| `(\w+)` \| ([\d.]+) \|$", page, re.MULTILINE)
    assert {(operation, name): float(share) for operation, name, share in taken} == {
        (operation, name): share
        for operation, shares in quotas.SHARES.items()
        for name, share in shares.items()
    }


def test_what_the_functions_take_of_a_rate_is_no_more_than_ivs_allows() -> None:
    assert {
        operation: sum(shares.values())
        for operation, shares in quotas.SHARES.items()
        if sum(shares.values()) > quotas.RATES[operation]
    } == {}


def test_whoever_may_make_a_shared_call_has_a_share_of_it() -> None:
    templates = synthesize(ROOT)
    actions = {
        package: granted(templates, package.title().replace("_", "")) for package in functions()
    }
    may = {
        operation: {
            name for name, granted_to in actions.items() if f"ivs:{operation}" in granted_to
        }
        for operation in quotas.SHARES
    }

    assert {name: set(shares) for name, shares in quotas.SHARES.items()} == may
