"""Runs the synthesized template on a laptop: events, queues, functions, roles, virtual time."""
