"""
The contract of a LogStore, for every implementation.

A test module subclasses `LogStoreContract` and gives it a fixture `make`, which makes an empty
store (tests/contracts/running.py). What is proved here is all that callers may lean on.
"""

from __future__ import annotations

import pytest

from tests.contracts.agreement import Agreement
from tests.contracts.changing import Changing
from tests.contracts.counting import Counting
from tests.contracts.ordering import Ordering
from tests.contracts.releasing import Releasing
from tests.contracts.running import MakeLogStore
from tests.contracts.searching import Searching
from tests.contracts.writing import Writing


class LogStoreContract(Writing, Ordering, Searching, Counting, Changing, Releasing, Agreement):
    @pytest.fixture
    def make(self) -> MakeLogStore:
        raise NotImplementedError("an implementation's tests say how a store is made")
