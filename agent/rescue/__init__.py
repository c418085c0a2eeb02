"""
What becomes of a file that lost its last name before all of it was read.

    named  -->  held: open, what is unread is copied,  -->  rescued: read  -->  gone
                and what is still written to it             out of the copy
                                     |
                                     '-- no room for the copy: open, within held_bytes

Keeps true: what an agent has seen of a file is read, also after kill -9 and whoever deletes the
file; or it is a gap in the ledger, with a reason. What it can't have seen is a gap of unknown size.
"""
