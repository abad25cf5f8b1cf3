"""Keeps the collector away while a function starts: what is imported stays, and is no garbage.

A handler imports this module before all else, and calls `over` when it has made its objects.
"""

import gc
import importlib
import os

gc.disable()


def over() -> None:
    """Collect again, without what there is by now."""
    gc.enable()
    gc.freeze()
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        # Of the runtime, from python3.12 on.
        importlib.import_module("ivskit.automation.restored")
