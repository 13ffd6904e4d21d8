"""Typed kinds and parsing: YAML and JSON come in here, frozen values go out."""
