"""Inserts metadata into live streams: in order, at the rate of IVS, never twice."""
