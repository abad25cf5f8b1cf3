"""Mass jobs and small ones stay just below IVS's rates; benchmarks/revocation.py measures more."""

from datetime import timedelta

import pytest

from ivs_emulator.throttling import Throttling
from ivskit import quotas
from tests.outcomes import outcomes_of
from tests.revocations import revoke, table_csv, upload, viewers
from tests.worlds import OpenWorld

BATCH, SINGLE = "BatchStartViewerSessionRevocation", "StartViewerSessionRevocation"


@pytest.mark.parametrize("counting", ["token-bucket", "sliding-window"])
def test_no_call_is_throttled_and_little_of_the_rate_is_left(
    open_world: OpenWorld, counting: Throttling
) -> None:
    with open_world(throttling=counting) as world:
        world.gate.round_trip = lambda service, operation: timedelta(seconds=0.03)
        world.deliver(revoke(world, manifest=upload(world, table_csv(viewers(1_600)))))
        for number in range(3):
            world.deliver(revoke(world, command_id=f"few-{number}", viewers=viewers(40)))
        world.settle()

        made = [call for call in world.ivs.calls if call.operation in (BATCH, SINGLE)]
        assert [call for call in made if call.error is not None] == []
        times = [call.at for call in made if call.operation == BATCH]
        rate = (len(times) - 1) / (times[-1] - times[0]).total_seconds()
        assert 0.97 < rate / quotas.RATES[BATCH] <= 1
        counts = {each["cause"]: each["revoked"] for each in outcomes_of(world, "Viewers Revoked")}
        assert counts == {"job-1": 1_600, "few-0": 40, "few-1": 40, "few-2": 40}
