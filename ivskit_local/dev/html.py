"""The page as one file that opens from disk: its modules, its style and what happened inside."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivskit_local.replay import Report
from ivskit_local.scenarios.play import Played

PAGE = Path(__file__).parent / "page"
_STYLE = '<link rel="stylesheet" href="/_ivs/page/style.css">'
_SCRIPT = '<script type="module" src="/_ivs/page/app.js"></script>'
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)


@dataclass(frozen=True)
class Recording:
    """A scenario, or the events of a replay, to look at.

    ok: whether all is well; tells: what it is about; facts, state: as Facts gives them at the end.
    """

    title: str
    ok: bool
    tells: str
    facts: Mapping[str, Any]
    state: Mapping[str, Any]

    def document(self) -> Mapping[str, Any]:
        """As JSON."""
        return vars(self)


def recordings_of(report: Report) -> Iterator[Recording]:
    """The events of a replay: one recording for each account and region, if it was recorded."""
    several = len(report.recorded) > 1
    for number, recorded in enumerate(report.recorded, 1):
        title = f"the events of place {number}" if several else "the events"
        tells = "Events that were replayed in the order of their times."
        well = not recorded["state"]["dead_letters"] and not report.broken_invariants
        yield Recording(title, ok=well, tells=tells, **recorded)


def recording_of(played: Played) -> Iterator[Recording]:
    """A scenario, if it was recorded."""
    if played.recorded is not None:
        script = played.script
        yield Recording(script.title, played.ok, script.scenario.tells, **played.recorded)


def as_html(recordings: Sequence[Recording]) -> str:
    """One page that needs nothing else; with several recordings, it offers a choice."""
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    style = (PAGE / "style.css").read_text(encoding="utf-8")
    recorded = _in_script(json.dumps([each.document() for each in recordings]))
    scripts = (
        f'<script type="application/json" id="recorded">{recorded}</script>\n'
        f'<script type="module">\n{bundle("app")}</script>'
    )
    page = page.replace("<body data-live>", "<body>")
    return page.replace(_STYLE, f"<style>\n{style}</style>").replace(_SCRIPT, scripts)


def _in_script(text: str) -> str:
    """JSON that nothing in it can end the element of."""
    return text.replace("<", "\\u003c")


def bundle(name: str) -> str:
    """A module and all that it imports as one script: a page from disk may import no files.

    Each becomes a function that returns its exports, after those that it imports.
    """
    return "".join(_wrapped(each) for each in dict.fromkeys(_with_imports(name)))


def _with_imports(name: str) -> Iterator[str]:
    for _, imported in _IMPORT.findall(_text(name)):
        yield from _with_imports(imported)
    yield name


def _wrapped(name: str) -> str:
    text = _text(name)
    exports = ", ".join(_EXPORT.findall(text))
    body = _EXPORT.sub("", _IMPORT.sub(r"const {\1} = $\2;\n", text))
    return f"const ${name} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"


def _text(name: str) -> str:
    return (PAGE / f"{name}.js").read_text(encoding="utf-8")
