"""
The store of a production installation: Elasticsearch 8.x or 9.x, over the official client.

- `indices`: what the indices are called, and which one a document belongs to.
- `templates`: mappings and settings, generated from the tables of fields and figures.
- `bulk`: documents -> the body of a `_bulk` request, and its answer -> results.
- `sending`: bulks on their way, with a verdict for each document.
- `unfit`: quarantined lines that a mapping would refuse all the same.
- `translation`: nodes of a search -> query DSL.
- `searching`: requests for hits, also for more than one answer holds.
- `writing`, `reading`: the two halves of the LogStore.
- `scrapes`, `selecting`: scrapes as documents, and selections of them.
- `log_store`, `series_store`, `state_store`: the three protocols.
- `upkeep`: refreshes, and the deletion of whole days.
- `failures`: what the client's exceptions and the server's errors mean.
- `connecting`: from the configuration to a client, and to a cluster that has our templates.
"""
