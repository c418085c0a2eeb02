"""PromQL: which series an expression needs, and its value, given them. Pure."""
