"""Probes that hold any endpoint of the IVS API against the documentation."""
