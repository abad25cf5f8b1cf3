"""Input transformers: the sentence that EventBridge makes of an event.

Values are filled in as they are: nothing is escaped, and missing fields are left out. The result
must be JSON, so a quote or a line break in a value breaks it. Only templates that are a single line
of quoted text are supported.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from ivskit_local.runtime.deliveries import Event
from ivskit_local.runtime.template import NotCarriedOut

MOST_VARIABLES = 100
LONGEST_TEMPLATE = 8192
_VARIABLE = re.compile(r"<([A-Za-z0-9_-]+)>")
_PATH = re.compile(r"\$(\.[A-Za-z0-9_-]+)+")

Transformer = Mapping[str, Any]


class NotJson(Exception):
    """The filled-in template is not JSON, so no target gets it."""


def check(transformer: Transformer) -> None:
    """Raise NotCarriedOut for what EventBridge would refuse, or this does not support."""
    template, paths = transformer["InputTemplate"], transformer.get("InputPathsMap", {})
    if not _is_quoted_line(template):
        raise NotCarriedOut(f"an InputTemplate that is no line of quoted text: {template}")
    if len(template) > LONGEST_TEMPLATE or len(paths) > MOST_VARIABLES:
        raise NotCarriedOut("an InputTransformer that is larger than EventBridge allows")
    if unknown := set(_VARIABLE.findall(template)) - paths.keys():
        raise NotCarriedOut(f"an InputTemplate with variables of no path: {sorted(unknown)}")
    if odd := [path for path in paths.values() if not _PATH.fullmatch(path)]:
        raise NotCarriedOut(f"the InputPaths {odd}")


def transformed(transformer: Transformer, event: Event) -> str:
    """What the target gets, with the quotes around it; raises NotJson."""
    paths = transformer.get("InputPathsMap", {})
    values = {name: _value(event, path) for name, path in paths.items()}
    text = _VARIABLE.sub(lambda found: values[found[1]], transformer["InputTemplate"])
    if not _is_quoted_line(text):
        raise NotJson(f"with the values filled in it is not JSON: {text}")
    return text


def _is_quoted_line(text: str) -> bool:
    try:
        return isinstance(json.loads(text), str)
    except json.JSONDecodeError:
        return False


def _value(event: Event, path: str) -> str:
    value: Any = event
    for name in path.split(".")[1:]:
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
