"""Quotas of IVS that are nearly full: what is said, and how the use is counted."""
