"""A client of the installation's HTTP API."""
