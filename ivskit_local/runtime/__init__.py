"""Runs the synthesized template on a laptop: events, queues, functions, roles, virtual time."""

from ivskit_local.runtime.lean_imports import import_leanly

import_leanly()
