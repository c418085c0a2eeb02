"""Metric samples of a node: read from procfs, scraped from targets, shipped out of the spool."""
