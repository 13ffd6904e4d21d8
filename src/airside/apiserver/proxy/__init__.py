"""A pod's Envoy, asked over its UNIX socket."""
