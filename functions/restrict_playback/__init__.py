"""Restricts where channels may be watched: on command, and by their tags."""
