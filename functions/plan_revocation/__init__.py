"""Plans revocations of viewers: on command and after streams, from a few viewers to a million."""
