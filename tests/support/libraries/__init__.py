"""Logging libraries of other languages, really run: `run` of each module prints what one prints."""
