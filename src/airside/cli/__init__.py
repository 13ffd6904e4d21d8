"""argv -> calls on the public API; prints; exit codes."""
