"""Queues metadata, one message per channel."""
