"""Accepted objects with versions and an event log."""
