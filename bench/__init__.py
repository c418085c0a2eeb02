"""
Benchmarks: `make bench` runs them, prints their figures and keeps them in bench/results.

They are no tests and assert nothing: a figure belongs to the machine it was taken on.
"""
