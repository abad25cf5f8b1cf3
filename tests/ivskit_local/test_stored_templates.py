"""The templates in the repository are those that the app makes, and are used only then."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ivskit_local.runtime import stored_templates as stored
from ivskit_local.runtime.synth import NoCdk, synthesize, synthesize_anew, whole_context
from ivskit_local.store_templates import deployments, store
from tests.ivskit_local.replays import ROOT
from tests.ivskit_local.runtime.test_synth import APP

INDEX = json.loads((stored.FOLDER / stored.INDEX).read_text())
STALE = "run `uv run python -m ivskit_local.store_templates`, and review the diff"
SCENARIO = {
    "tells": "Two stages.",
    "settings": {"policy.grace": "1m"},
    "channels": {"show": {}},
    "steps": [{"at": "1m", "do": "deploy stage", "stage": "staging"}],
    "expect": {"dead_letters": 0},
}


def test_the_index_is_of_these_sources_tools_and_scenarios() -> None:
    now = {stored.key_of(whole_context(ROOT, each)): n for n, each in deployments(ROOT).items()}

    assert INDEX["sources"] == stored.sources_hash(ROOT), STALE
    assert INDEX["tools"] == stored.installed_tools(), STALE
    assert INDEX["deployments"] == now, STALE


@pytest.mark.parametrize("name", INDEX["deployments"].values())
def test_the_app_makes_the_stored_templates(name: str) -> None:
    """In the same order too, on which a replay depends."""
    made = synthesize_anew(ROOT, deployments(ROOT)[name])

    assert json.dumps(stored.stored_templates(name)) == json.dumps(made), STALE


def test_every_module_that_a_stack_imports_counts() -> None:
    listing = (
        "import sys, stacks.deployment, stacks.setting_sources\n"
        "files = [getattr(each, '__file__', None) for each in list(sys.modules.values())]\n"
        "print(*filter(None, files), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = map(Path, done.stdout.splitlines())
    ours = {file for file in loaded if {ROOT / "ivskit", ROOT / "stacks"} & set(file.parents)}

    assert ROOT / "ivskit" / "names.py" in ours
    assert ours <= set(stored._sources(ROOT))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of all that templates are made of, and of the functions."""
    for name in ("app.py", "cdk.json"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("functions", "ivskit", "stacks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
    return tmp_path


def name_in(root: Path, **overrides: object) -> str | None:
    return stored.stored_name(root, whole_context(root, overrides))


def edit(file: Path, change: Callable[[bytes], bytes]) -> None:
    file.write_bytes(change(file.read_bytes()))


@pytest.mark.parametrize("file", ["functions/stop_stream/decide.py", "ivskit/client/streams.py"])
def test_other_code_of_functions_changes_no_template(checkout: Path, file: str) -> None:
    edit(checkout / file, lambda content: content + b"\n# changed\n")

    assert name_in(checkout) == "default"


@pytest.mark.parametrize(
    "file", ["app.py", "stacks/bus.py", "ivskit/names.py", "ivskit/policy/tags.py"]
)
def test_other_sources_need_the_cdk(checkout: Path, file: str) -> None:
    edit(checkout / file, lambda content: content + b"\n# changed\n")

    assert name_in(checkout) is None


def test_other_ends_of_lines_are_the_same_sources(checkout: Path) -> None:
    for file in checkout.rglob("*.py"):
        edit(file, lambda content: content.replace(b"\n", b"\r\n"))

    assert name_in(checkout) == "default"


def test_another_cdk_than_that_of_the_templates_is_asked(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "version", lambda tool: "2.999.0")

    assert name_in(checkout) is None


def test_without_a_cdk_the_templates_are_used(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "TOOLS", ("no-such-tool",))

    assert name_in(checkout) == "default"


def test_settings_count_wherever_they_are(checkout: Path) -> None:
    assert name_in(checkout, policy={"grace": "10m"}) == "default"
    assert name_in(checkout, policy={"grace": "1m"}) is None

    edit(
        checkout / "cdk.json", lambda content: content.replace(b'"grace": "10m"', b'"grace": "1m"')
    )

    assert name_in(checkout) is None
    assert name_in(checkout, policy={"grace": "10m"}) == "default"


def test_regions_and_tables_of_a_deployment_do_not_count(checkout: Path) -> None:
    regions = {"regions": ["eu-west-1"], "tables": {"memory": "restored"}}

    assert name_in(checkout, **regions) == "default"


def test_the_file_of_the_stage_needs_the_cdk_and_that_of_another_does_not(checkout: Path) -> None:
    (checkout / "ivskit.prod.json").write_text("{}")
    assert name_in(checkout) == "default"

    (checkout / "ivskit.dev.json").write_text("{}")

    assert name_in(checkout) is None


def test_the_stored_templates_are_the_same_objects_each_time(checkout: Path) -> None:
    assert synthesize(checkout) is synthesize(checkout, {"policy": {"grace": "10m"}})
    assert [each.name for each in (checkout / ".cache" / "synth").iterdir()] == [
        f"stored-{stored.key_of(stored.stored_templates('default'))}"
    ]


def test_without_the_cdk_one_line_says_what_to_install(checkout: Path) -> None:
    (checkout / "app.py").write_text("raise ModuleNotFoundError(\"No module named 'aws_cdk'\")")

    with pytest.raises(NoCdk, match=r"^aws_cdk is not installed, .*: uv sync --group cdk;"):
        synthesize(checkout)


def test_every_deployment_in_a_project_is_stored(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "cdk.json").write_text('{"context": {"ivskit": {"stage": "dev"}}}')
    scenarios = tmp_path / "events" / "scenarios"
    scenarios.mkdir(parents=True)
    for name in ("one", "same"):
        (scenarios / f"{name}.json").write_text(json.dumps(SCENARIO))
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "old.json").touch()

    store(tmp_path, folder)

    wanted = deployments(tmp_path)
    assert list(wanted) == ["default", "one", "one.staging"]
    assert {file.relative_to(folder).as_posix() for file in folder.rglob("*.json")} == {
        *("index.json", "default/a.json", "default/b.json", "one.json", "one.staging.json")
    }
    for name, overrides in wanted.items():
        made = synthesize_anew(tmp_path, overrides)
        assert stored.stored_templates(name, folder) == made
