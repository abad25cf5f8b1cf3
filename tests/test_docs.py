"""What the pages name must be there: files, modules, other pages and their headings."""

import re
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from ivskit import names

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "ivs_emulator/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_FOLDERS = (
    "benchmarks|docs|events|functions|ivs_emulator|ivskit|ivskit_cli|ivskit_local|stacks|tests"
)


def prose(page: Path) -> str:
    """A page without its blocks."""
    return _FENCED.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w -]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_page_and_a_heading(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        path, _, anchor = target.partition("#")
        to = (page.parent / path).resolve() if path else page
        if target.startswith(("https://", "mailto:")):
            continue
        if not to.exists() or (anchor and anchor not in anchors(to)):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_and_module_that_a_page_names_is_there(page: Path) -> None:
    text = prose(page)
    paths = set(re.findall(rf"`((?:{_FOLDERS})/[\w/.-]*)`", text))
    modules = set(re.findall(r"`((?:ivskit|ivs_emulator)\.[a-z_.]+)(?<!\.json)`", text))
    missing = {path for path in paths if not (ROOT / path).exists()}
    missing |= {module for module in modules if not _is_there(module)}
    added = set(re.findall(r"^\*\*`(.+)`\*\*$", text, re.MULTILINE))  # by docs/extending.md

    assert missing - added == set()


def _is_there(name: str) -> bool:
    """Whether it is a module, something in a module, or the source of an event."""
    if name in (names.COMMAND, names.OUTCOME, names.RECONCILE):
        return True
    with suppress(ModuleNotFoundError):
        if find_spec(name) is not None:
            return True
    module, _, last = name.rpartition(".")
    return hasattr(import_module(module), last)


def test_the_fast_tests_of_the_page_have_every_decision_table() -> None:
    command, *_ = re.findall(
        r"^uv run pytest @(\S+) ", (ROOT / "CONTRIBUTING.md").read_text(), re.M
    )
    lines = (ROOT / command).read_text().splitlines()
    tables = {str(path.relative_to(ROOT)) for path in ROOT.glob("tests/*/test_decide*.py")}

    assert [line for line in lines if not (ROOT / line.removeprefix("--ignore=")).exists()] == []
    assert tables <= set(lines)
