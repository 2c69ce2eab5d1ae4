"""Micro-benchmarks of single steps, run by pytest-benchmark with `make bench`."""
