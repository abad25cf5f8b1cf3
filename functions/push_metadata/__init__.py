"""Inserts metadata into live streams: in order, at the pace that IVS allows, never twice."""
