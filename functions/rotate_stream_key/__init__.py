"""Gives a channel a new stream key: after a stream, on command, or when its key is lost."""
