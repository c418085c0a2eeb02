"""Logging libraries of other languages, really run: `run` of each module here prints what one prints."""
