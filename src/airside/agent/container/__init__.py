"""One container while it runs."""
