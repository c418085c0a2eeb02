from __future__ import annotations

from agent.ledger import GAPS_KEPT, Gap, GapReason, Ledger
from agent.shedding.kinds import Kind
from agent.shedding.spans import SPAN, SPANS_KEPT, ShedSpan


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


def test_what_is_shed_is_in_the_books():
    """It is read, and neither indexed nor quarantined; copies made before do not change."""
    ledger = Ledger(lines_read=10, indexed=3)
    before = ledger.shed
    for kind, lines in ((Kind.DEBUG, 5), (Kind.INFO, 2)):
        ledger.add_shed([ShedSpan("shop_a_u/a/0", "/x", "r", kind, 1, 2, lines, 10 * lines)])
    assert (ledger.shed_lines, ledger.shed_bytes, len(ledger.shed)) == (7, 70, 2)
    assert ledger.balance(pieces_open=0) == 0
    assert before == []


def test_of_many_spans_of_shed_lines_the_sums_have_all():
    ledger = Ledger()
    for number in range(3 * SPANS_KEPT):
        time = 2 * number * SPAN
        ledger.add_shed([ShedSpan("shop_a_u/a/0", "/x", "r", Kind.DEBUG, time, time, 1, 10)])
    assert len(ledger.shed) <= SPANS_KEPT
    assert ledger.shed_lines == sum(span.lines for span in ledger.shed) == 3 * SPANS_KEPT
