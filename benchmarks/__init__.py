"""Measurements of the engine, each a word: `python -m benchmarks accuracy [set…]`."""
