"""Stops streams: on command, when they last too long or starve, and on blocked channels."""
