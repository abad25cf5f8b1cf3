"""Prints the help of a command as plain text in two columns, as wide as the terminal.

The formatters of cyclopts draw boxes, which take as long as everything else and do not belong on a
page of the documentation.
"""

from collections.abc import Iterator
from textwrap import fill
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

_WIDEST_NAME = 22
_WIDEST = 100


class HelpPage:
    """A help formatter of cyclopts."""

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: "HelpPanel") -> None:
        """Print one group of arguments, options or commands."""
        if panel.entries:
            entries = [*_columns(panel.entries, _width(options))]
            _print(console, "\n".join([f"{panel.title}:", *entries, ""]))

    def render_usage(self, console: "Console", options: "ConsoleOptions", usage: Any) -> None:
        """Print how the command is called."""
        said = _plain(usage).removeprefix("Usage: ").strip()
        _print(console, fill(f"Usage: {said}", _width(options), subsequent_indent="  ") + "\n")

    def render_description(
        self, console: "Console", options: "ConsoleOptions", description: Any
    ) -> None:
        """Print what the command does; lines that are indented, such as examples, stay as is."""
        for paragraph in _plain(description).strip().split("\n\n"):
            filled = paragraph if "\n  " in paragraph else fill(paragraph, _width(options))
            _print(console, f"{filled}\n")


def _columns(entries: "list[HelpEntry]", width: int) -> Iterator[str]:
    names = [", ".join(_names(entry)) for entry in entries]
    column = min(max(map(len, names)), _WIDEST_NAME)
    indent = " " * (column + 4)
    for name, entry in zip(names, entries, strict=True):
        text = fill(_said(entry), width, initial_indent=indent, subsequent_indent=indent)
        if len(name) > column:
            yield f"  {name}"
            yield text
        else:
            yield f"  {name:<{column}}  {text.lstrip()}".rstrip()


def _names(entry: "HelpEntry") -> tuple[str, ...]:
    """An argument by its label alone, an option by all of its names and what it takes."""
    return (entry.positional_label,) if entry.positional_label else _of_option(entry)


def _of_option(entry: "HelpEntry") -> tuple[str, ...]:
    *first, last = (*entry.shorts, *entry.names)
    return (*first, f"{last} {entry.metavar}" if entry.metavar else last)


def _said(entry: "HelpEntry") -> str:
    said = [_plain(entry.description)]
    if entry.choices:
        said.append(f"one of {', '.join(entry.choices)}")
    if entry.default is not None:
        said.append(f"(default: {entry.default})")
    if entry.required:
        said.append("(required)")
    return " ".join(filter(None, said))


def _plain(shown: Any) -> str:
    """The text of what cyclopts would have rich render."""
    text = getattr(shown, "primary_renderable", shown)
    return str(getattr(text, "plain", ""))


def _width(options: "ConsoleOptions") -> int:
    return min(options.max_width, _WIDEST)


def _print(console: "Console", text: str) -> None:
    console.file.write(f"{text}\n")
