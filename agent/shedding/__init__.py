"""
What the agent does when there is more to read than can be delivered: containers take turns, a
container may be held to a rate, and by policy lines are left out on purpose. All of it is pure, is
told the time, and is off where the configuration does not ask for it, but for the turns.
"""
