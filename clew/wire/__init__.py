"""Batch <-> bytes. Pure."""
