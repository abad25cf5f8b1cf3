"""What copies of one initialized function must not share, where SnapStart restores them.

Lambda takes a snapshot once a handler is imported, and begins every environment from it. Ids come
from the operating system, and clocks are read when something is handled, so both differ anyway. The
seed of `random` is part of the snapshot: with it, all copies would wait equally long before they
call again.
"""

import random

from snapshot_restore_py import register_after_restore  # type: ignore[import-untyped] # no types

register_after_restore(random.seed)
