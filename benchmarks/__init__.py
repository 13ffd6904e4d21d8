"""Measurements of Airside beside what an expert would write by hand, as ratios taken in one run. `python -m benchmarks --help`.

Nothing here is imported by the product or its tests.
"""
