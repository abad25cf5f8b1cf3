"""Indexes the recordings of streams: where they are, how long, and in which qualities."""
