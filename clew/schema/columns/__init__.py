"""
The lines of a chunk -> what is sent of them, in columns.

What `clew.schema.line` says of one line is said here of thousands at one go: each step is a call
over a whole column, and a step that does not fit all lines of a group leaves the group to
`interpret`, so that every line becomes the same either way.
"""
