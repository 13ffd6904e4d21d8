"""Entry: `python -m benchmarks push`."""
