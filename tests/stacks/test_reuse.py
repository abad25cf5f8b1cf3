"""docs/reuse.md, followed where the wheel is installed and this repository is not."""

import json
import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest
from cfnlint.api import lint_file  # type: ignore[import-untyped] # cfn-lint ships no types
from uv import find_uv_bin

from ivskit_local.runtime.synth import _node
from tests.stacks.synthesized import ROOT, Template

PAGE = ROOT / "docs" / "reuse.md"
FILES = re.compile(r"^\*\*`(.+?)`\*\*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def uv(*arguments: object) -> None:
    done = subprocess.run(
        [find_uv_bin(), *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# Functions that only a setting turns on.
BY_SETTING = {"index_recordings"}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the wheel, the packages of this environment, and nothing else.

    The gate installs the wheel with its extras where there are no other packages. Here that takes
    a minute, most of it to compile them anew.
    """
    folder = tmp_path_factory.mktemp("installed")
    uv("build", "--quiet", "--wheel", "--out-dir", folder / "dist")
    [wheel] = (folder / "dist").glob("*.whl")
    uv("venv", "--quiet", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    uv("pip", "install", "--quiet", "--no-deps", "--python", python, wheel)
    [packages] = folder.glob("venv/lib/*/site-packages")
    # Files that name folders, such as this repository's, count in the first folder only.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    return python


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.findall(PAGE.read_text()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def template(python: Path, project: Path) -> Template:
    """What the app of the page deploys as stage prod."""
    context = json.loads((project / "cdk.json").read_text())["context"]
    context |= {"stage": "prod", "aws:cdk:bundling-stacks": []}
    environment = {
        "PATH": os.environ["PATH"],
        "CDK_OUTDIR": str(project / "cdk.out"),
        "CDK_CONTEXT_JSON": json.dumps(context),
        # The CDK's own check of every property takes half of the time; cfn-lint checks them below.
        "CDK_VALIDATION": "false",
        **_node(),
    }
    done = subprocess.run(
        [python, "app.py"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return Template(project / "cdk.out" / "platform-prod.template.json")


def test_this_repository_is_out_of_reach(python: Path) -> None:
    seen = "import importlib.util as u; print(*map(u.find_spec, ['stacks', 'functions', 'tests']))"
    done = subprocess.run([python, "-I", "-c", seen], capture_output=True, text=True, check=True)

    assert done.stdout == "None None None\n"


def test_the_app_of_the_page_deploys_the_whole_and_its_own_automation(template: Template) -> None:
    ours = {path.parent.name for path in ROOT.glob("functions/*/handler.py")} - BY_SETTING
    functions = template.resources("AWS::Lambda::Function").values()
    policies = [json.loads(each["Environment"]["Variables"]["IVSKIT_POLICY"]) for each in functions]

    assert {each["Handler"] for each in functions} == {
        f"{package}.handler.handler" for package in (*ours, "announce_shows")
    }
    assert {each["FunctionName"].split("-")[1] for each in functions} == {"prod"}
    assert {policy["grace"] for policy in policies} == {"5m"}
    assert template.only("AWS::SNS::Subscription")["Endpoint"] == "on-call@example.com"
    assert lint_file(template.path) == []


def test_rules_of_the_monitoring_wait_for_the_bus_that_they_name(template: Template) -> None:
    resources = template.content["Resources"]
    [bus] = template.resources("AWS::Events::EventBus")
    by_name = {
        name: resource.get("DependsOn", [])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Events::Rule"
        and resource["Properties"].get("EventBusName") == "ivskit-prod"
    }

    assert by_name
    assert all(bus in waits_for for waits_for in by_name.values())


def test_the_functions_of_the_wheel_are_those_of_this_repository(
    template: Template, automation: Template
) -> None:
    """To the byte: the names of assets are hashes of what is in them."""
    of_wheel, of_checkout = (
        {each["Handler"]: each["Code"]["S3Key"] for each in functions.values()}
        for functions in (
            template.resources("AWS::Lambda::Function"),
            automation.resources("AWS::Lambda::Function"),
        )
    )
    layers = [
        {each["Content"]["S3Key"] for each in found.resources("AWS::Lambda::LayerVersion").values()}
        for found in (template, automation)
    ]

    assert of_checkout.items() <= of_wheel.items()
    assert layers[0] == layers[1]


def replayed(python: Path, folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """`ivskit replay` of the wheel in a folder, with caches beside it."""
    return subprocess.run(
        [python.with_name("ivskit"), "replay", *map(str, arguments)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(folder / "caches"), **_node()},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_automation_of_the_page_announces_a_show(python: Path, project: Path) -> None:
    """Its function is in the project, and those of ivskit are in the wheel."""
    sample = ROOT / "events" / "stream-state-change.stream-start.json"
    done = replayed(python, project, sample, "--json")

    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["outcomes"]["Show Announced"] == 1
    assert report["dead_letters"] == []
    assert {each["function"] for each in report["events"][0]["reactions"]} == {
        *("announce_shows", "stop_stream")
    }


def test_in_an_empty_folder_the_wheel_replays_what_it_brings(python: Path, tmp_path: Path) -> None:
    brought = python.parents[1].glob("lib/*/site-packages/ivskit_cdk/events/*.stream-end.json")
    done = replayed(python, tmp_path, *brought, "--json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["outcomes"]["Stream Key Rotated"] == 1
    assert [each.name for each in tmp_path.iterdir()] == ["caches"]
