"""
Physical lines of a log file -> the lines that the application wrote.

A container runtime frames each line with a time and a stream, and cuts long lines into pieces.
Here the frames are taken off and the pieces are joined, for each stream on its own: pieces of
stdout and stderr stand interleaved in one file.
"""
