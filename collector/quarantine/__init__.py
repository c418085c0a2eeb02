"""Lines come out of quarantine: replayed into the logs, or purged."""
