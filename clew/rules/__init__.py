"""
Alert rules: what is asked, when it is an alert, and what is said then. Pure.

- `model`: rule files in Prometheus' format, as people write them.
- `durations`, `templates`: parts of such a file that are texts with a grammar.
- `states`: inactive, pending, firing, resolved, as in Prometheus.
- `record`: what is kept of a group between two evaluations, and read by the pages.
- `evidence`: from an alert to the page that shows why.
- `shipped/`: the rules that come with clew.
"""
