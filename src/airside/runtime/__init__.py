"""Pure planning for the agent: what a pod is on this machine."""
