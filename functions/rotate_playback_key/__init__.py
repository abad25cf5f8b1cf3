"""Replaces the playback key pair of the account and region: on command, and by its age."""
