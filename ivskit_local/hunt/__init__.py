"""Plays random days against the laws, and makes the day that breaks one small."""
