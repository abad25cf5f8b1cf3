"""The probes, one module per group."""
