"""
What a service does wrong in the lines of log files, and how to mend it: the parts of `clew lint`.

    inputs     a file or standard input -> blocks of whole lines, unpacked
    layouts    what stands round the lines -> the application's lines, with their numbers
    judging    what becomes of each of them, and in which dialect it is written
    tally      how many, and a few samples
    findings   what was found, as plain values; summary and rows print it

Keeps true: memory is bounded, whatever and however much there is to read. A line becomes what an
agent under the same policy would make of it.
"""
