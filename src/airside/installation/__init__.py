"""One installation on this machine: where its files lie, its settings and claims, how it is started and stopped."""
