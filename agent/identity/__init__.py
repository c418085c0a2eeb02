"""
Which file stands under a path, where its first line does not say it: plain files.

A runtime's file begins with a time, which names it for ever. A plain one may begin like the one
before it, so its generation is a name that is given once, when the file is first seen, and kept in
a book that goes into the checkpoint. The book knows of each generation

    head    a hash of its first bytes, up to HEAD_BYTES
    tail    a hash of the TAIL_BYTES before the size at which it was last seen
    homes   the inodes it was seen in: when they were born, and changed

Keeps true:
- A file that was renamed, has grown or was compressed keeps its generation.
- A file that was emptied or written anew, and a new file in a reused inode, is a new generation.
- The copy that logrotate's copytruncate makes is the old generation: what was not read of it is
  read there, and what was read is not read again.
- The name of a generation is never given again, also if the book is lost: it is made of the
  container's key, a counter and the time.

A crash loses what the book learned since it was saved. A name that was given and not saved is given
to nothing else, so who sends lines under a name saves the book before.

Not told apart, if all of it comes between two looks: a file that was truncated and written anew
with the same bytes and more, or with the same ones where they are more than HEAD_BYTES +
TAIL_BYTES; one that was deleted, written anew with the same bytes, renamed and compressed.
Nor that a copy is not whole yet, where a look falls between a step of the clock by more than
SETTLED_AFTER and the next write to the copy.
"""
