"""`ivskit rules`: which events each rule of the app lets through, and why not."""

import json as json_format
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ivskit_cli.arguments import Files, Json
from ivskit_cli.project import project_or_own

if TYPE_CHECKING:
    from ivskit_local.rules import Rule
    from ivskit_local.samples import Sample


def rules(
    *paths: Annotated[
        Files,
        Parameter(
            help="events of your own, in any form that replay reads, or - for standard input;"
            " without one, all samples in events/"
        ),
    ],
    json: Json = False,
) -> None:
    """Show which rules of the synthesized templates let which events through.

    Without a file, lists each rule with the samples that it matches. With one, says of each event
    which rules match, and of every other rule what it wants and what the event has instead. Exit 0
    done, 2 wrong usage.

    For example:
      ivskit rules
      ivskit rules my-event.json
    """
    from ivskit_local.rules import rules_of
    from ivskit_local.runtime.synth import synthesize
    from ivskit_local.samples import read_inputs

    root = project_or_own()
    given = list(paths) or [str(path) for path in sorted((root / "events").glob("*.json"))]
    samples = read_inputs(given, stdin=_standard_input).samples
    found = rules_of(synthesize(root))
    if json:
        print(json_format.dumps(_document(found, samples), indent=2))
    elif paths:
        for line in _of_events(found, samples):
            print(line)
    else:
        _of_rules(found, samples)


def _standard_input() -> bytes:
    return sys.stdin.buffer.read()


def _document(found: "Sequence[Rule]", samples: "Sequence[Sample]") -> list[dict[str, Any]]:
    return [
        {
            "rule": f"{rule.stack}/{rule.name}",
            "bus": rule.bus,
            "pattern": rule.pattern,
            "events": [
                {
                    "file": sample.name,
                    "id": sample.event["id"],
                    "matches": not rule.misses(sample.event),
                    "why_not": [str(each) for each in rule.misses(sample.event)],
                }
                for sample in samples
            ],
        }
        for rule in found
    ]


def _of_rules(found: "Sequence[Rule]", samples: "Sequence[Sample]") -> None:
    from ivskit_cli.tables import print_table

    rows = []
    for rule in found:
        matched = [Path(each.name).stem for each in samples if not rule.misses(each.event)]
        rows.append((rule.name, rule.bus, ", ".join(matched) or "-"))
    print_table(("RULE", "BUS", "SAMPLES"), rows)
    without = [
        Path(each.name).stem for each in samples if all(rule.misses(each.event) for rule in found)
    ]
    if without:
        print(f"No rule matches {', '.join(without)}.")


def _of_events(found: "Sequence[Rule]", samples: "Sequence[Sample]") -> Iterator[str]:
    from ivskit_local.report import event_name

    for sample in samples:
        yield f"{sample.name}: {event_name(sample.event)}"
        judged = [(rule, rule.misses(sample.event)) for rule in found]
        for rule, misses in sorted(judged, key=lambda pair: len(pair[1])):
            if misses:
                yield f"  · {rule.name}: {'; '.join(map(str, misses))}"
            else:
                yield f"  ✓ {rule.name}"
