"""
Agents as whole processes: clew's, and Fluent Bit beside it where `FLUENT_BIT` names its binary.

Each runs on a CPU of its own; what takes its batches, and what writes to its files, on another.
"""
