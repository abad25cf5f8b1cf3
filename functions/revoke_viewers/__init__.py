"""Revokes viewers, chunk by chunk, just below the rates of IVS."""
