"""JSON as clients send it: UTF-8, with numbers that JSON has, nested as deep as Python follows."""

import json
from typing import Any, NoReturn


def read_json(body: bytes) -> Any:
    """The value, {} of an empty body; raises ValueError."""
    try:
        return json.loads(body.decode() or "{}", parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
