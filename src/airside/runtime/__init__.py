"""The agent's reason: from a Pod and what is seen of it to the next actions. Pure; the agent performs."""
