"""Airside: a service mesh for one machine."""
