"""Logs of containers, as they are and as they grow."""
