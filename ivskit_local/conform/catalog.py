"""All probes, and which of them somebody wants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module

from ivskit_local.conform.probe import Probe
from ivskit_local.errors import WrongUsage

GROUPS = (
    "operations",
    "errors",
    "limits",
    "paging",
    "tags",
    "batches",
    "one_key",
    "live_state",
    "encoders",
    "sessions",
    "timing",
    "events",
    "tokens",
    "recording",
    "throttling",
)


@cache
def all_probes() -> tuple[Probe, ...]:
    """Every probe, in the order of the groups."""
    modules = [import_module(f"ivskit_local.conform.probes.{name}") for name in GROUPS]
    return tuple(probe for module in modules for probe in module.GROUP.probes)


def chosen(only: Sequence[str]) -> list[Probe]:
    """The probes whose name matches one of these, such as `tags.*` or `tags`; all without any.

    Raises WrongUsage for one that matches none.
    """
    for pattern in only:
        if not any(_matches(probe, [pattern]) for probe in all_probes()):
            raise WrongUsage(f"--only: no probe is named {pattern}; ivskit conform --list has them")
    return [probe for probe in all_probes() if not only or _matches(probe, only)]


def _matches(probe: Probe, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(probe.name, p) or fnmatchcase(probe.group, p) for p in patterns)
