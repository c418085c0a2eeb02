"""
Where logs come from: one module for each way in which a machine keeps them.

What lies in files is a `Source` (`agent.sources.source`): it lists `LogFile`s. The journal is no
file, and has a follower of its own.
"""
