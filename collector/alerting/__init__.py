"""
Alerts: rules are evaluated over the store, and every Alertmanager is told.

- `files`: rule files -> groups.
- `lease`: of several collectors one does all this.
- `evaluation`: a rule at a moment -> its results.
- `group`: a group from one moment to the next; its record is durable before anybody is told.
- `alertmanager`: the one edge to an Alertmanager.
- `alerting`: the loop over all of it.
"""
