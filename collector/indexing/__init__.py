"""Batches -> documents -> the store's verdict on each."""
