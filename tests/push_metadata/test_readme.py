"""The README's example of sending metadata in order, run as it stands there."""

import re
from typing import Any

from tests.push_metadata.streams import details, seen, url
from tests.samples import CHANNEL
from tests.worlds import ROOT, OpenWorld


def test_the_readmes_example_reaches_the_viewers(open_world: OpenWorld) -> None:
    readme = (ROOT / "README.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    [example] = [one for one in examples if "command.messages()" in one]
    others = [f"{CHANNEL}{number}" for number in range(10)]  # not there, and more than one call
    with open_world() as world:
        known: dict[str, Any] = {"channel_arns": [CHANNEL, *others], "queue_url": url(world)}
        exec(example, known)
        world.settle()

        assert seen(world) == ['{"goal":"home"}']
        assert len(details(world, "Metadata Dropped")) == len(others)
