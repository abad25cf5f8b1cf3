"""Queues metadata: what a command pushes, and what welcomes viewers to a stream."""
