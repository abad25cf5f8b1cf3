"""A plugin for pytest: all tests run without the guard that the variable PLANTED_BUG names.

PLANTED_BUG="a write needs no fence" uv run pytest -p tests.ivskit_local.hunt.planted tests/ivskit
"""

import os
import sys

from tests.ivskit_local.hunt.planting import all_bugs, finder_of

sys.meta_path.insert(0, finder_of(all_bugs()[os.environ["PLANTED_BUG"]]))
