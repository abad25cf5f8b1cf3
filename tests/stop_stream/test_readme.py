"""The README's example of a stop, run as it stands there."""

import re

from tests.outcomes import outcomes_of
from tests.samples import CHANNEL
from tests.stop_stream.shows import SECONDS, assert_at_rest, go_live, live
from tests.worlds import ROOT, OpenWorld


def example() -> str:
    readme = (ROOT / "README.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    [found] = [one for one in examples if '"Stop Stream"' in one]
    return str(found)


def test_the_readmes_example_stops_a_stream_on_any_channel_and_blocks_it(
    open_world: OpenWorld,
) -> None:
    with open_world(tags={}) as world:
        go_live(world)

        exec(example(), {"channel_arn": CHANNEL})
        world.run_for(10 * SECONDS)

        assert live(world) is None
        assert world.ivs.keys_of(CHANNEL) == []
        [blocked] = outcomes_of(world, "Channel Blocked")
        assert blocked["sender"] == "jane"
        assert_at_rest(world)
