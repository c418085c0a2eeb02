"""
Pictures in numbers: what templates need to write SVG, without a thought of their own.

- `axes`: round moments and round numbers on an axis.
- `timeline`: the steps of a transaction; `lanes`: its nodes; `histogram`: the matches of a search.
- `charts`: lines over time; `node_charts`: those of a node.
"""
