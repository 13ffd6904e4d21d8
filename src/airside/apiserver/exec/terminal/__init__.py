"""Our end of a pseudo-terminal."""
