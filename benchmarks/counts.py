"""Counts of what is used, by name: what benchmarks/usage.py measures, in sums and multiples."""

from collections.abc import Mapping

Counts = dict[str, float]


def total(*parts: Mapping[str, float]) -> Counts:
    """All parts together."""
    counted: Counts = {}
    for part in parts:
        for name, much in part.items():
            counted[name] = counted.get(name, 0) + much
    return counted


def times(factor: float, counts: Mapping[str, float]) -> Counts:
    """So many times as much of everything."""
    return {name: factor * much for name, much in counts.items()}


def of_all(counts: Mapping[str, float], kind: str) -> float:
    """The sum over all functions: of `invocations`, say, whose names go on with ` of` and one."""
    return sum(much for name, much in counts.items() if name.startswith(f"{kind} of "))
