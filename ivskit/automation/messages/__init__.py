"""The messages that functions send to themselves and to each other."""
