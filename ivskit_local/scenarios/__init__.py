"""Scenarios: what encoders, IVS, people and time do on some channels, and what must come out."""
