"""Queues metadata: of commands, and to welcome the viewers of a stream."""
