"""Revokes viewers, chunk by chunk, just below what IVS allows a second."""
