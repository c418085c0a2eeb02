"""
What every process stands on: configuration, clock, tasks and processes, metrics and logs.

The only room that reads the time, starts tasks or knows of signals.
"""
