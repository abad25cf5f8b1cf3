"""`ivskit check` finds what is wrong in settings, events and scenarios, and runs none of them."""

import json
from pathlib import Path

import pytest

from ivskit_cli.main import main
from tests.samples import EVENTS, SAMPLES, SCENARIOS
from tests.stacks.synthesized import CONTEXT, ROOT

# An app that needs no CDK: it accepts any settings but those of a stage that is called wrong.
APP = """
import json, os
context = json.loads(os.environ["CDK_CONTEXT_JSON"])
stage = context.get("stage") or context["ivskit"]["stage"]
if "raises" in stage:
    raise RuntimeError("no such thing")
if "wrong" in stage:
    raise SystemExit("ivskit.a: is wrong (cdk.json)\\nivskit.b: is wrong of " + stage)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an event and a scenario, in which the command runs."""
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "cdk.json").write_text('{"context": {"ivskit": {"stage": "dev"}}}')
    (tmp_path / "events/scenarios").mkdir(parents=True)
    (tmp_path / "events/sample.json").write_bytes(SAMPLES[0].read_bytes())
    (tmp_path / "events/scenarios/one.json").write_bytes(SCENARIOS[0].read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_path_it_checks_all_settings_and_all_events(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "ivskit.prod.json").write_text("{}")

    assert main(["check"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == ("ivskit: checked the settings of 2 stage(s), 2 file(s): 0 finding(s)\n")


def test_each_finding_is_one_line_and_none_comes_twice(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for stage in ("wrong", "wrong-2", "Prod", "raises"):
        (project / f"ivskit.{stage}.json").write_text("{}")
    (project / "events/sample.json").write_text("{")
    scenario = json.loads(SCENARIOS[0].read_text())
    del scenario["steps"]
    (project / "events/scenarios/one.json").write_text(json.dumps(scenario))

    assert main(["check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" must be")[0] for line in lines[:5]] == [
        "ivskit.Prod.json: the stage",
        "RuntimeError: no such thing",
        "ivskit.a: is wrong (cdk.json)",
        "ivskit.b: is wrong of wrong-2",
        "ivskit.b: is wrong of wrong",
    ]
    assert lines[5].startswith("events/sample.json: is not JSON: ")
    assert lines[6].startswith("events/scenarios/one.json: steps")
    assert len(lines) == 7


def test_a_path_is_checked_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "ivskit.wrong.json").write_text("{}")
    (project / "ivskit.prod.json").write_text("{}")

    assert main(["check", "events", "ivskit.prod.json"]) == 0
    assert "settings of 1 stage(s), 2 file(s)" in capsys.readouterr().err
    assert main(["check", "ivskit.wrong.json"]) == 1
    assert main(["check", "cdk.json"]) == 1


def test_settings_in_the_environment_do_not_count(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = f"{APP}\nassert not [name for name in os.environ if name.startswith('IVSKIT__')]"
    (project / "app.py").write_text(app)
    monkeypatch.setenv("IVSKIT__STAGE", "prod")

    assert main(["check", "cdk.json"]) == 0


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("none.json", "none.json: there is no such file or folder"),
        ("empty", "empty: there is no .json or .jsonl file in this folder"),
    ],
)
def test_a_path_without_a_file_is_wrong_usage(
    project: Path, capsys: pytest.CaptureFixture[str], path: str, why: str
) -> None:
    (project / "empty").mkdir()

    assert main(["check", path]) == 2
    assert capsys.readouterr().err == f"ivskit: {why}\n"


def test_outside_of_a_project_files_can_be_checked_and_settings_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["check", str(EVENTS / "scenarios"), str(EVENTS)]) == 0
    assert main(["check"]) == 2
    assert "there is no cdk.json" in capsys.readouterr().err


def test_the_app_itself_judges_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also those that a replay replaces: regions and tables."""
    (tmp_path / "app.py").symlink_to(ROOT / "app.py")
    (tmp_path / "cdk.json").write_text(json.dumps({"context": CONTEXT}))
    wrong = {"regions": ["eu-north-1"], "tables": {"memory": "?"}, "policy": {"grace": "soon"}}
    (tmp_path / "ivskit.prod.json").write_text(json.dumps(wrong))
    monkeypatch.chdir(tmp_path)

    assert main(["check", "ivskit.prod.json"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "ivskit.regions.0",
        "ivskit.policy.grace",
        "ivskit.tables.memory",
    ]
    assert all(line.endswith(" (ivskit.prod.json)") for line in lines)


def test_without_the_cdk_settings_are_not_checked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "app.py").write_text("raise ModuleNotFoundError(\"No module named 'aws_cdk'\")")

    assert main(["check", "cdk.json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("ivskit: aws_cdk is not installed")
