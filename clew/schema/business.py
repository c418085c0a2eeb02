"""Which business transaction a record belongs to, and which trace."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import UNSET

from clew.schema.identifiers import is_id, span_like
from clew.schema.record import Record

if TYPE_CHECKING:
    from clew.schema.policy.enforcer import Enforcer


BUSINESS_LABELS = ("transaction_id", "order_id")


def business_transaction(record: Record) -> str:
    """
    The order, payment or other number of the business that a record belongs to, or nothing.

    `transaction.id` is that for some people; tracers put one service's piece of work there, which
    looks like a span's ID and is left aside.
    """
    if record.transaction is not UNSET and business_id(record.transaction):
        return record.transaction
    if record.labels is not UNSET:
        for name in BUSINESS_LABELS:
            value = record.labels.get(name)
            if value and len(value) <= 256 and is_id(value):
                return value
    return ""


@lru_cache(maxsize=8192)  # the lines of a transaction come close together
def business_id(transaction: str) -> str:
    """A `transaction.id`, or nothing where it is none of the business."""
    return transaction if is_id(transaction) and not span_like(transaction) else ""


def find_business(record: Record, enforcer: Enforcer | None) -> str:
    if enforcer is None or not enforcer.ids.fields:
        return business_transaction(record)
    return enforcer.transaction(record)


def find_trace(record: Record, enforcer: Enforcer | None) -> str:
    if record.trace is UNSET:
        return ""
    return record.trace if enforcer is None or enforcer.ids.may_be_id(record.trace) else ""
