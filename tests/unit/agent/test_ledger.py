from __future__ import annotations

from agent.accounts import Account, Balance
from agent.ledger import GAPS_KEPT, Gap, GapReason, Ledger
from agent.shedding.kinds import Kind
from agent.shedding.spans import SPAN, SPANS_KEPT, ShedSpan
from clew.wire.batch import PartAnswer
from tests.support.shedding import range_without


def span(kind: Kind, time: int, lines: int) -> ShedSpan:
    return ShedSpan("shop_cart-0_0c1/cart/0", "/0.log", "r", kind, time, time, lines, 10 * lines)


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
    ledger = Ledger()
    before = ledger.shed
    answer = PartAnswer(10, indexed=3)
    ledger.add(range_without([span(Kind.DEBUG, 1, 5), span(Kind.INFO, 1, 2)], 10), answer)
    assert (ledger.shed_lines, ledger.shed_bytes, len(ledger.shed)) == (7, 70, 2)
    assert ledger.balance(pieces_open=0) == 0
    assert before == []


def test_what_is_shed_of_a_container_is_in_its_account():
    account = Account("shop", "cart-0", "cart")
    account.add(range_without([span(Kind.DEBUG, 1, 7)], 10), PartAnswer(10, indexed=3))
    assert account.shed_lines == 7
    assert Balance(account, 0, 0, 0, 0).lines_missing == 0


def test_of_many_spans_of_shed_lines_the_sums_have_all():
    ledger = Ledger()
    for number in range(3 * SPANS_KEPT):
        part = range_without([span(Kind.DEBUG, 2 * number * SPAN, 1)])
        ledger.add(part, PartAnswer(10))
    assert len(ledger.shed) <= SPANS_KEPT
    assert ledger.shed_lines == sum(span.lines for span in ledger.shed) == 3 * SPANS_KEPT
