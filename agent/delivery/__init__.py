"""
Batches, scrapes and reports to one of several collectors, and the answers back.

    choice    which collector an agent likes best, and when it goes back there
    breaker   whether one may be asked at present
    window    how many batches at the same time, and how large
    stores    which store is meant, and who keeps another one
    answers   what an answer means: the one place that judges

are pure. Around them

    resolving, lookup   names into addresses, again and again
    wire                one request to one collector
    collectors          what is known of each, and which one is next
    delivery            sends, and tries another one

Keeps true: nothing that is sent is given up here. A batch is taken, or refused by a collector that
says why, or its sender hears when to try again.
"""

from agent.delivery.delivery import Delivery

__all__ = ["Delivery"]
