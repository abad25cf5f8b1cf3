"""`python -m ivskit_local.contracts` writes every generated file of events."""

from pathlib import Path

from ivskit_local.contracts import write

write(Path("events"))
