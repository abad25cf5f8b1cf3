"""Days on which the functions change their release end as those of one release do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from ivskit_local.runtime import lambdas
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import Script
from ivskit_local.scenarios.play import play
from ivskit_local.scenarios.report import as_lines, summary
from tests.ordinary_days import ordinary_day
from tests.upgrades.last_release import Rollout
from tests.worlds import ROOT

# How long a function keeps its release: longer than a record of its queue is tried.
SHIFT = timedelta(minutes=20)
SEED = 2


@pytest.mark.usefixtures("present_names")
def test_a_day_of_deploys_and_roll_backs_ends_in_order(
    last_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each function changes by itself: within a deploy, any may be ahead of any other."""
    ran: set[tuple[str, bool]] = set()

    def is_last(function: str) -> bool:
        shift = datetime.now(UTC).timestamp() // SHIFT.total_seconds()
        last = Random(f"{SEED} {function} {shift}").random() < 0.5
        ran.add((function, last))
        return last

    def sandboxes(code: Path, *, stay_warm: bool) -> Rollout:
        assert stay_warm
        return Rollout(code, last_release, is_last=is_last)

    monkeypatch.setattr(lambdas, "Sandboxes", sandboxes)
    came_of_it = play(Script("day", ordinary_day(SEED)), synthesize(ROOT), project_root=ROOT)

    assert came_of_it.ok, "\n".join([*as_lines(came_of_it), *summary([came_of_it])])
    both = {function for function, last in ran if (function, not last) in ran}
    assert both >= {"reconcile_streams", "rotate_stream_key", "stop_stream"}
