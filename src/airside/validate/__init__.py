"""Rules within and across objects, and the catalogue of their codes."""
