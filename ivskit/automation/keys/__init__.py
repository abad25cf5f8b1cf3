"""Stream keys: how they are replaced, and where they are delivered."""
