"""Logging libraries, really run: `run` of each module here gives what a program prints."""
