"""What a month of ivskit costs at list prices, by its templates and by what it uses.

benchmarks/usage.py has counted what sweeps, streams and commands use; benchmarks/prices.json holds
the prices and the assumptions.

uv run python benchmarks/cost.py writes the tables of docs/cost.md.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.counts import Counts, of_all, total
from benchmarks.month import (
    ASSUMED,
    MINUTES,
    PRICES,
    TYPICAL_DAY,
    USED,
    Deployment,
    Line,
    Month,
    deployment,
    lines_of,
)
from ivskit_local.runtime.synth import overrides_of, synthesize

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "cost.md"
SIZES = (10, 100, 5_000)
# What a setting changes of a deployment; tests/test_cost.py compares that with the templates.
CHANGES: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("keys.store", "ssm", {"store": "ssm"}),
    ("keys.store", "none", {"store": "none"}),
    ("sweep.every", "1m", {"sweep_minutes": 1}),
    ("sweep.every", "15m", {"sweep_minutes": 15}),
    ("sweep.every", "1h", {"sweep_minutes": 60}),
    ("tracing", "true", {"is_traced": True}),
    ("snap_start", "true", {"is_snapped": True}),
    ("log_retention_days", "365", {"log_days": 365}),
    ("audit_retention_days", "30", {"audit_days": 30}),
    ("archive_days", "365", {"archive_days": 365}),
    ("architecture", "x86_64", {"architecture": "x86_64"}),
    ("concurrency", "2", {}),
    ("metadata.lanes", "4", {}),
    ("audit.keep", "true", {}),
)
# These change which resources there are, so the app is synthesized with them.
SYNTHESIZED = (
    ("metadata.enabled", False),
    ("revocation.enabled", False),
    ("security.customer_key", "create"),
)


def with_setting(path: str, value: Any) -> Deployment:
    """What is deployed with another value of one setting."""
    return deployment(synthesize(ROOT, overrides_of([(path, value)])))


def tables() -> dict[str, str]:
    """The tables of the page, by the names in its markers."""
    default = deployment(synthesize(ROOT))
    return {
        "totals": "\n".join(_totals(default)),
        "rows": "\n".join(_rows(default)),
        "settings": "\n".join(_settings(default)),
        "things": "\n".join(_things(default)),
        "deployment": "\n".join(_deployed(default)),
        "assumptions": "\n".join(_assumptions()),
        "prices": "\n".join(_prices()),
    }


_COLUMNS = [(size, typical) for size in SIZES for typical in (False, True)]


def _head() -> Iterator[str]:
    names = (f"{size:,} {'typical' if typical else 'idle'}" for size, typical in _COLUMNS)
    yield f"| USD a month | {' | '.join(names)} |"
    yield "|---" + "|---:" * len(_COLUMNS) + "|"


def _months(of: Deployment) -> list[Month]:
    return [Month(of, size, typical) for size, typical in _COLUMNS]


def _totals(default: Deployment) -> Iterator[str]:
    yield from _head()
    ssm = replace(default, store="ssm")
    for title, of in (("default settings", default), ("`keys.store`: `ssm`", ssm)):
        months = _months(of)
        yield f"| {title} | {' | '.join(_usd(month.usd) for month in months)} |"
        free = " | ".join(_usd(month.usd_beyond_free) for month in months)
        yield f"| the same beyond the free tier | {free} |"


def _rows(default: Deployment) -> Iterator[str]:
    yield from _head()
    columns = [_by_row(month.lines()) for month in _months(default)]
    names = dict.fromkeys(name for column in columns for name in column)
    for name in sorted(names, key=lambda name: -columns[-1].get(name, 0)):
        yield f"| {name} | {' | '.join(_usd(column.get(name, 0)) for column in columns)} |"
    yield f"| **total** | {' | '.join(_usd(sum(column.values())) for column in columns)} |"


def _by_row(lines: Iterable[Line]) -> Counts:
    return total(*({line.row: line.usd} for line in lines))


def _settings(default: Deployment) -> Iterator[str]:
    yield from _head()
    changed = [(path, value, replace(default, **changes)) for path, value, changes in CHANGES]
    changed += [
        (path, str(value).lower(), with_setting(path, value)) for path, value in SYNTHESIZED
    ]
    before = [month.usd for month in _months(default)]
    for path, value, of in changed:
        more = (_more(month.usd - old) for month, old in zip(_months(of), before, strict=True))
        yield f"| `{path}`: `{value}` | {' | '.join(more)} |"


def _things(default: Deployment) -> Iterator[str]:
    yield "| 1,000 times | USD | invocations | events | KB of logs and events | write units |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, used in USED["events"][default.store].items():
        kilobytes = (used["log bytes"] + used["event bytes"]) / 1_000
        counts = (of_all(used, "invocations"), used["custom events"], kilobytes)
        cells = " | ".join(f"{1_000 * each:,.0f}" for each in (*counts, used["write units"]))
        usd = sum(line.usd for line in lines_of(default, used, "events"))
        yield f"| {name} | {1_000 * usd:.3f} | {cells} |"


def _deployed(default: Deployment) -> Iterator[str]:
    yield "| the templates deploy | |"
    yield "|---|---:|"
    yield f"| metrics that the dashboard names | {default.dashboard_metrics} |"
    queues = default.queues + default.queues_in_order
    yield f"| metrics in alarms | {default.alarm_metrics} |"
    yield f"| composite alarms | {default.composite_alarms} |"
    yield f"| queues that Lambda polls, {default.queues_in_order} of them FIFO | {queues} |"
    yield f"| sweeps a month | {MINUTES / default.sweep_minutes:,.0f} |"
    yield f"| customer managed keys | {default.customer_keys} |"


def _assumptions() -> Iterator[str]:
    yield "| assumed | |"
    yield "|---|---:|"
    for name, value in ASSUMED.items():
        yield f"| {name} | {value:,g} |"
    for name, count in TYPICAL_DAY.items():
        yield f"| a channel's typical day: {name} | {count:g} |"


def _prices() -> Iterator[str]:
    yield "| what | USD | per | free each month | compared with | of |"
    yield "|---|---:|---:|---:|---|---|"
    for name, price in PRICES.items():
        free = f"{price['free']:,}" if "free" in price else ""
        note = f"; {price['note']}" if "note" in price else ""
        amount = f"{price['usd']:.10f}".rstrip("0").rstrip(".")
        cells = (name, amount, f"{price['per']:,}", free, price["source"] + note, price["checked"])
        yield f"| {' | '.join(cells)} |"


def _usd(amount: float) -> str:
    return f"{amount:,.2f}" if amount < 100 else f"{amount:,.0f}"


def _more(difference: float) -> str:
    return (
        "0"
        if abs(difference) < 0.005
        else f"{'+' if difference > 0 else '-'}{_usd(abs(difference))}"
    )


def written(page: str) -> str:
    """The page with its tables made anew."""
    for name, table in tables().items():
        begin, end = f"<!-- benchmarks/cost.py: {name} -->", "<!-- end -->"
        page, count = re.subn(
            f"{re.escape(begin)}\n.*?{end}", f"{begin}\n{table}\n{end}", page, flags=re.DOTALL
        )
        if count != 1:
            raise ValueError(f"{PAGE.name}: one {begin} is needed, not {count}")
    return page


def main() -> int:
    """Write the page."""
    PAGE.write_text(written(PAGE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
