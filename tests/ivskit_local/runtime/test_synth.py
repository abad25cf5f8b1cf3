"""Synthesizing, and when it is spared."""

import json
import os
from pathlib import Path

import pytest

from ivskit_local.runtime.synth import SynthFailed, _context, _fingerprint, synthesize

# An app that needs no CDK: it writes down its context and environment.
APP = """
import json, os, pathlib
context = json.loads(os.environ["CDK_CONTEXT_JSON"])
out = pathlib.Path(os.environ["CDK_OUTDIR"])
if context["ivskit"].get("stage") == "wrong":
    raise SystemExit("ivskit.stage: there is no such stage")
if context["ivskit"].get("stage") == "silent":
    raise SystemExit(3)
runs = pathlib.Path("runs")
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
prefixes = ("AWS", "CDK_D", "IVSKIT__")
given = {name: value for name, value in os.environ.items() if name.startswith(prefixes)}
(out / "a.template.json").write_text(json.dumps({"context": context, "environment": given}))
(out / "asset.1").mkdir()
(out / "asset.1" / "large").touch()
stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "a.template.json"}}
named = {**stack, "properties": {**stack["properties"], "stackName": "b"}}
other = {"type": "cdk:tree", "properties": {}}
manifest = {"artifacts": {"a": stack, "second": named, "tree": other}}
(out / "manifest.json").write_text(json.dumps(manifest))
"""


# Which tables and regions there are is decided here.
HERE = {
    "IVSKIT__TABLES": '{"memory": null, "jobs": null, "audience": null, "recordings": null}',
    "IVSKIT__REGIONS": "[]",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    settings = {"stage": "dev", "policy": {"grace": "1m", "mode": "enforce"}}
    context = {"ivskit": settings, "@flag": 1, "stages": ["dev", "prod"]}
    (tmp_path / "cdk.json").write_text(json.dumps({"context": context}))
    for folder in ("stacks", "functions"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.py").write_text("x = 1")
    return tmp_path


def runs(project: Path) -> int:
    return len((project / "runs").read_text())


def test_tables_of_an_earlier_deployment_are_left_on_aws(project: Path) -> None:
    [context] = [
        each["context"]
        for name, each in synthesize(project, {"tables": {"memory": "old"}}).items()
        if name == "a"
    ]

    assert context["ivskit"]["tables"] == {
        "memory": None,
        "jobs": None,
        "audience": None,
        "recordings": None,
    }


def test_templates_come_by_stack_name_with_the_settings_of_the_project(project: Path) -> None:
    templates = synthesize(project)

    assert set(templates) == {"a", "b"}
    assert templates["a"]["context"] == {
        "ivskit": {"stage": "dev", "policy": {"grace": "1m", "mode": "enforce"}},
        "@flag": 1,
        "aws:cdk:bundling-stacks": [],
        "aws:cdk:enable-path-metadata": True,
        "aws:cdk:enable-asset-metadata": False,
    }


def test_settings_can_be_overridden_one_by_one(project: Path) -> None:
    templates = synthesize(project, {"policy": {"grace": "5m"}, "archive_days": 3})

    assert templates["a"]["context"]["ivskit"] == {
        "stage": "dev",
        "policy": {"grace": "5m", "mode": "enforce"},
        "archive_days": 3,
    }


def test_nothing_of_this_machine_goes_into_a_template(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "111122223333")
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("IVSKIT__POLICY__GRACE", "1h")

    assert synthesize(project)["a"]["environment"] == HERE


def test_overrides_reach_the_app_above_every_other_source(project: Path) -> None:
    overrides = {"stage": "prod", "tables": {"memory": "old"}, "regions": ["eu-west-1"]}

    assert synthesize(project, overrides)["a"]["environment"] == HERE | {"IVSKIT__STAGE": '"prod"'}


def test_the_same_project_is_synthesized_once(project: Path) -> None:
    assert synthesize(project) == synthesize(project)
    assert runs(project) == 1
    assert not list((project / ".cache").rglob("asset.*"))


@pytest.mark.parametrize(
    "changed", ["app.py", "cdk.json", "ivskit.dev.json", "stacks/x.py", "functions/new/y.py"]
)
def test_a_change_in_what_it_is_made_of_synthesizes_anew(project: Path, changed: str) -> None:
    synthesize(project)
    path = project / changed
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + "\n")

    synthesize(project)

    assert runs(project) == 2


def test_other_settings_synthesize_anew_and_other_files_do_not(project: Path) -> None:
    synthesize(project)
    (project / "README.md").write_text("changed")
    (project / "functions" / "x.pyc").touch()
    synthesize(project)
    assert runs(project) == 1

    synthesize(project, {"stage": "prod"})

    assert runs(project) == 2


def test_only_the_last_few_are_kept(project: Path) -> None:
    for days in range(12):
        synthesize(project, {"archive_days": days})

    assert len(list((project / ".cache" / "synth").iterdir())) == 8


@pytest.mark.parametrize(
    ("stage", "message"),
    [("wrong", "ivskit.stage: there is no such stage"), ("silent", "app.py ended with 3")],
)
def test_a_failing_app_is_reported_in_its_own_words(
    project: Path, stage: str, message: str
) -> None:
    with pytest.raises(SynthFailed, match=f"^{message}$"):
        synthesize(project, {"stage": stage})

    assert not list((project / ".cache" / "synth").iterdir())


def test_who_comes_second_takes_what_the_first_made(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthesize(project)
    [made] = (project / ".cache" / "synth").iterdir()
    # While the app runs, somebody else finishes the same.
    racing = f"\nimport shutil\nshutil.copytree({str(made)!r}, os.environ['THEIRS'])\n"
    (project / "app.py").write_text(APP + racing)
    theirs = _fingerprint(project, _context(project, {}), {})
    monkeypatch.setenv("THEIRS", str(made.parent / theirs))

    assert set(synthesize(project)) == {"a", "b"}
    assert {folder.name for folder in made.parent.iterdir()} == {made.name, theirs}


def test_where_the_project_cannot_be_written_the_users_cache_is_used(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    synthesize(project)

    assert len(list((home / "ivskit" / "synth").iterdir())) == 1
    assert not (project / ".cache").exists()


def test_a_project_without_a_cdk_or_its_node_can_still_be_tried(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivskit_local.runtime.stored_templates.TOOLS", ("no-such-tool",))
    monkeypatch.setattr("ivskit_local.runtime.synth.find_spec", lambda name: None)

    assert synthesize(project)
