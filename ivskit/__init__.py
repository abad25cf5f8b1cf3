"""Event-driven automation for Amazon IVS."""
