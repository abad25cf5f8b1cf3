"""Streams that are unhealthy by the metrics of IVS: what is judged, and how it is read."""
