"""The agent's disk queue for what has no file of its own: frames in segments, bounded."""
