"""Rebuilds what happened in a deployment as a scenario, from its audit log."""
