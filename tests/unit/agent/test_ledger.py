from __future__ import annotations

from agent.ledger import GAPS_KEPT, Gap, GapReason, Ledger


def gap(start: int, end: int) -> Gap:
    return Gap("shop_cart-0_0c1/cart/0", "/0.log", start, end, GapReason.DELETED)


def test_balanced_books():
    """Each physical line is a record, a piece that was joined to one, or a piece still open."""
    ledger = Ledger(lines_read=10, indexed=5, quarantined=2, pieces_joined=1, existing=3)
    assert ledger.balance(pieces_open=2) == 0
    assert ledger.balance(pieces_open=1) == 1
    assert ledger.balance(pieces_open=4) == -2


def test_gaps_are_added_up():
    ledger = Ledger()
    ledger.add_gap(gap(10, 30))
    ledger.add_gap(gap(0, 5))
    assert (ledger.gap_count, ledger.gap_bytes) == (2, 25)
    assert ledger.gaps == [gap(10, 30), gap(0, 5)]


def test_of_many_gaps_the_latest_are_kept():
    """The sums have them all."""
    ledger = Ledger()
    for start in range(GAPS_KEPT + 7):
        ledger.add_gap(gap(start, start + 2))
    assert (ledger.gap_count, ledger.gap_bytes) == (GAPS_KEPT + 7, 2 * (GAPS_KEPT + 7))
    assert len(ledger.gaps) == GAPS_KEPT
    assert (ledger.gaps[0].start, ledger.gaps[-1].start) == (7, GAPS_KEPT + 6)
