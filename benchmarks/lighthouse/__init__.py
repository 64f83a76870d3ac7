"""Lighthouse over the built guide. `python -m benchmarks.lighthouse` prints the table."""
