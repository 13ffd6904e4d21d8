"""Views of the world -> Envoy resources."""
