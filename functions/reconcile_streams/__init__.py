"""Repairs what missed events leave undone: sweeps all channels every few minutes."""
