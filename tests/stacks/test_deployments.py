"""app.py as the CDK starts it: quiet, the same each time, for any number of stages and regions."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file  # type: ignore[import-untyped] # cfn-lint ships no types

from ivskit_local.runtime.synth import _node
from tests.app_in_process import run_here
from tests.stacks.synthesized import CONTEXT, ROOT

REGIONS = ["us-west-2", "eu-west-1"]


def environment(output: Path, **context: object) -> dict[str, str]:
    """What the CDK's command line gives the app, with more context."""
    whole = {**CONTEXT, "aws:cdk:bundling-stacks": [], **context}
    return {**os.environ, "CDK_OUTDIR": str(output), "CDK_CONTEXT_JSON": json.dumps(whole)}


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def stacks(folder: Path) -> dict[str, dict[str, Any]]:
    """The artifacts of the stacks, by their ids in the app."""
    manifest = json.loads((folder / "manifest.json").read_text())
    return {
        name: artifact
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where the default deployment was synthesized, and what was printed meanwhile."""
    folder = tmp_path_factory.mktemp("default")
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={
            **environment(folder),
            "JSII_DEPRECATED": "warn",
            # None of the hashes of the process below.
            "PYTHONHASHSEED": "1",
            **_node(),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout + done.stderr


def test_synth_says_nothing(default: tuple[Path, str], several: Path) -> None:
    assert default[1] == ""
    assert_clean(default[0])
    assert_clean(several)


def assert_clean(folder: Path) -> None:
    """No annotation, and no violation of a rule."""
    texts = {name: text for name, text in files(folder).items() if name.endswith(".json")}
    said = {
        name: found
        for name, text in texts.items()
        if (found := re.findall(rb'"aws:cdk:(?:warning|info|error)"', text))
    }

    assert said == {}
    report = json.loads(texts["validation-report.json"])
    assert [each["violations"] for each in report["pluginReports"] if each["violations"]] == []


def test_the_same_sources_make_the_same_output(default: tuple[Path, str], tmp_path: Path) -> None:
    """So `cdk diff` is quiet when nothing changed, and what tests make in their process counts."""
    run_here(environment(tmp_path), ROOT)

    first, second = files(default[0]), files(tmp_path)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stage dev wherever the shell is, and stage prod in two regions."""
    folder = tmp_path_factory.mktemp("several")
    settings = {"regions": REGIONS, "policy": {"channels": "named"}}
    (folder / "ivskit.prod.json").write_text(json.dumps(settings))
    run_here(environment(folder / "out", stages="dev,prod"), folder)
    return folder / "out"


def test_each_stage_has_its_stacks_in_each_of_its_regions(several: Path) -> None:
    names = {
        name: stack["properties"].get("stackName", name) for name, stack in stacks(several).items()
    }
    environments = {name: stack["environment"] for name, stack in stacks(several).items()}

    assert names == {
        f"ivskit-{place}-{part}": f"ivskit-{place.partition('-')[0]}-{part}"
        for place in ("dev", *(f"prod-{region}" for region in REGIONS))
        for part in ("automation", "monitoring")
    }
    assert environments == {
        name: f"aws://unknown-account/{_region(name)}" for name in stacks(several)
    }


def _region(name: str) -> str:
    return next((region for region in REGIONS if region in name), "unknown-region")


def test_monitoring_waits_for_the_automation_of_its_own_region(several: Path) -> None:
    for region in REGIONS:
        waits_for = stacks(several)[f"ivskit-prod-{region}-monitoring"]["dependencies"]

        assert [each for each in waits_for if each.startswith("ivskit") and "." not in each] == [
            f"ivskit-prod-{region}-automation"
        ]


@pytest.mark.parametrize("region", REGIONS)
def test_the_templates_of_a_region_name_no_other(several: Path, region: str) -> None:
    [other] = [each for each in REGIONS if each != region]
    paths = list(several.glob(f"ivskit-prod-{region}-*.template.json"))

    assert len(paths) == 2
    for path in paths:
        # The rule that says where IVS is names regions.
        assert other not in json.dumps({**json.loads(path.read_text()), "Rules": {}})


def test_the_templates_of_a_region_of_several_are_clean(several: Path) -> None:
    # cfn-lint knows no region but its default one, so one of them says it all.
    for path in several.glob(f"ivskit-prod-{REGIONS[0]}-*.template.json"):
        assert [str(match) for match in lint_file(path)] == []


def test_a_stage_is_the_same_alone_and_beside_others(
    several: Path, default: tuple[Path, str]
) -> None:
    alone = [f"{name}.template.json" for name in stacks(default[0])]

    assert len(alone) == 2
    for name in alone:
        assert (several / name).read_bytes() == (default[0] / name).read_bytes()
