from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.transaction.links import NODES, TRANSACTIONS, Form, node_path, transaction_path
from query.paths import requested

IDENTIFIERS = st.text(st.characters(exclude_categories=["Cs"]))


@given(IDENTIFIERS, st.sampled_from(Form))
def test_every_id_has_a_path_of_its_own_in_every_form(identifier: str, form: Form):
    path = transaction_path(identifier, form)
    assert requested(path.encode("ascii")) == (identifier, form)


@given(IDENTIFIERS, st.sampled_from(Form))
def test_every_node_has_a_path_of_its_own_in_every_form(name: str, form: Form):
    assert requested(node_path(name, form).encode("ascii"), NODES) == (name, form)


@pytest.mark.parametrize("identifier", ["a.json", "a.ndjson", ".json", "a.json.json"])
def test_an_id_that_ends_like_a_form_is_not_taken_for_one(identifier: str):
    assert requested(transaction_path(identifier).encode()) == (identifier, Form.PAGE)
    assert requested(transaction_path(identifier, Form.JSON).encode()) == (identifier, Form.JSON)


@pytest.mark.parametrize("name", [".", "..", "...", "%2E%2E", "..,", ","])
@pytest.mark.parametrize("form", Form)
def test_a_name_of_dots_leads_to_no_other_page(name: str, form: Form):
    """Nor does it with its dots written as %2E: a browser takes them for dots."""
    for path, below in (
        (transaction_path(name, form), TRANSACTIONS),
        (node_path(name, form), NODES),
    ):
        assert unquote(path.removeprefix(below)) not in {".", ".."}
        assert requested(path.encode("ascii"), below) == (name, form)
