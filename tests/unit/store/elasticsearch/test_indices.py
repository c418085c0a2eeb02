"""Which index a document belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.document import Collection
from clew.store.elasticsearch.indices import Indices
from tests.support.documents import NOON

DAY = 86_400 * 1_000_000_000
TIMES = st.integers(0, 2**63 - 1)


@given(st.sampled_from(["clew", "clew-logs", "a.b_c-quarantine"]), TIMES)
def test_a_name_says_which_collection_and_day_it_is(prefix, time):
    """Collection and day can be read off the name again, whatever the prefix looks like."""
    indices = Indices(prefix)
    for collection in Collection:
        name = indices.of(collection, time)
        assert indices.collection_of(name) is collection
        end = (time // DAY + 1) * DAY
        assert indices.is_before(name, end)
        assert not indices.is_before(name, end - 1)


def test_the_day_is_that_of_utc():
    """A day ends at midnight, UTC, to the nanosecond."""
    indices = Indices("clew")
    midnight = NOON // DAY * DAY
    assert indices.of(Collection.LOGS, midnight - 1) == "clew-logs-2023.01.28"
    assert indices.of(Collection.QUARANTINE, midnight) == "clew-quarantine-2023.01.29"


@pytest.mark.parametrize("name", ["clew-logs-old", "clew-logs-2023.01.29-restored", "clew-logs-"])
def test_what_has_no_day_is_never_old(name):
    """An index that somebody else has named is not deleted by its age."""
    assert not Indices("clew").is_before(name, 2**63 - 1)


@given(TIMES, st.integers(0, 40))
def test_the_days_of_a_time_are_all_that_it_touches(since, days):
    """Each scrape of a time is in one of the indices that are named for it, or all are meant."""
    indices = Indices("clew")
    until = min(since + days * DAY, 2**63 - 1)
    named = indices.of_scrapes(since, until)
    assert len(named) < 1_000  # an address has room for it
    touched = {indices.of_scrape(time) for time in (*range(since, until, DAY), until)}
    assert set(named.split(",")) == touched or (days > 29 and named == "clew-metrics-*")


def test_scrapes_are_kept_by_their_own_day():
    """The day of a scrape is that of its time, in UTC, and grows old as any other."""
    indices = Indices("clew")
    assert indices.of_scrape(NOON) == "clew-metrics-2023.01.29"
    assert indices.is_before("clew-metrics-2023.01.29", NOON + DAY)
    assert not indices.is_before("clew-metrics-2023.01.29", NOON)
