"""The process that runs on every node: follows container logs and sends them to a collector."""
