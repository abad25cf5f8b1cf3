"""Scenarios: what encoders, IVS, people and time do on some channels, and the expected result."""
