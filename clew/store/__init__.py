"""
Where documents and state are kept: the protocols, and two implementations of each.

`embedded` needs no server and serves one machine; `elasticsearch` serves a cluster. Both pass the
contract suites in `tests/contracts`, and nothing above this room knows which one it speaks to.
"""
