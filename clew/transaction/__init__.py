"""Lines of one ID -> steps, verdict, completeness. Pure."""
