"""How a test runs a module under Node."""

from collections.abc import Callable
from typing import Any

# With the name of a module of this folder and its arguments: what it prints, as JSON.
Run = Callable[..., Any]
