"""
How the loggers of this world write, one module a family.

A dialect turns the text of one line into a `Record`, a `Rejection`, or None where the line is not
its own. It loses nothing: what has no field of its own becomes a label, with the value as it was
written.
"""
