"""`ivskit events`: list the sample events, show one, and make a new one."""

import json as json_format
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ivskit_cli.arguments import Json, settings_of
from ivskit_cli.project import project_or_own
from ivskit_local.errors import WrongUsage


def events(
    *words: Annotated[
        str,
        Parameter(
            name="[list | show NAME | new NAME]",
            help="the name of a sample is that of its file, such as stream-state-change.stream-end",
        ),
    ],
    settings: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set",
            metavar="a.b=c",
            help="change a field of the new event, such as detail.stream_id=st-1; null removes it",
        ),
    ] = (),
    json: Json = False,
) -> None:
    """List the samples of events and commands, show one, or make a new event from one.

    A new event has an id and a time of its own; a command also a command_id and issued_at. It is
    validated, and printed as `ivskit replay -` and `ivskit rules -` read it. Exit 0 done, 2 wrong
    usage.

    For example:
      ivskit events
      ivskit events new command.stop-stream --set detail.then=block
    """
    folder = project_or_own() / "events"
    match words or ("list",):
        case ("list",):
            _list(folder, json=json)
        case ("show", name):
            print(json_format.dumps(_sample(folder, name), indent=2))
        case ("new", name):
            print(json_format.dumps(_new(_sample(folder, name), settings), indent=2))
        case _:
            raise WrongUsage("events takes list, show NAME or new NAME")


def _files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.json"))}


def _sample(folder: Path, name: str) -> Any:
    files = _files(folder)
    path = files.get(name.removesuffix(".json"))
    if path is None:
        raise WrongUsage(f"there is no sample {name!r}; there are {', '.join(files)}")
    return json_format.loads(path.read_text(encoding="utf-8"))


def _new(sample: Any, settings: Sequence[str]) -> Any:
    from ivskit_local.new_events import new_event

    return new_event(sample, settings_of(settings))


def _list(folder: Path, *, json: bool) -> None:
    samples = [(name, _sample(folder, name)) for name in _files(folder)]
    if json:
        listed = [{"name": name, "event": event} for name, event in samples]
        print(json_format.dumps(listed, indent=2))
        return
    from ivskit_cli.tables import print_table
    from ivskit_local.report import event_name

    rows = [(name, str(event["source"]), event_name(event)) for name, event in samples]
    print_table(("NAME", "SOURCE", "EVENT"), rows)
