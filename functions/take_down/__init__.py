"""Reports on what a take-down did, and has the restriction and the recording follow."""
