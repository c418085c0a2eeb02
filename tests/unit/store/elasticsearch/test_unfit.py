"""What is set aside in the quarantine comes back as it was."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.fields import FIELDS
from clew.store.elasticsearch.unfit import put_back, set_aside
from tests.support.documents import document

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(max_size=5), inner)),
    max_leaves=8,
)
names = st.one_of(st.sampled_from([*FIELDS]), st.text(max_size=5), st.just("_id"))


@given(st.dictionaries(names, values))
def test_a_source_comes_back_whole(source):
    """Whatever the object holds, setting aside and putting back gives the same object."""
    fitting = set_aside(document(1)._replace(source=orjson.dumps(source)))
    assert fitting is not None
    assert put_back(orjson.loads(fitting.source)) == source


def test_what_can_be_searched_stays_where_it_is():
    """Only what a mapping would refuse, or does not know, is set aside."""
    fitting = set_aside(document(1, {"labels": "none", "_id": "x"}))
    assert fitting is not None
    kept = orjson.loads(fitting.source)
    assert kept["message"] == "line 1"
    assert {"labels", "_id"}.isdisjoint(kept)


@pytest.mark.parametrize("source", [b"", b"not JSON", b'["no", "object"]'])
def test_what_is_no_object_can_not_be_kept(source):
    """Only JSON objects have parts that could be set aside."""
    assert set_aside(document(1)._replace(source=source)) is None
