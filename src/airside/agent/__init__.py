"""The node agent: runs pods on this machine."""
