"""The pages under docs/ that come from code, one module each."""
