"""
The store of a production installation: Elasticsearch 8.x or 9.x, over the official client.

- `indices`: what the indices are called, and which one a document belongs to.
- `templates`: mappings and settings, generated from the table of fields.
- `bulk`: documents -> the body of a `_bulk` request, and its answer -> results.
- `unfit`: quarantined lines that a mapping would refuse all the same.
- `translation`: nodes of a search -> query DSL.
- `writing`, `reading`: the two halves of the LogStore.
- `log_store`, `state_store`: the two protocols.
- `failures`: what the client's exceptions and the server's errors mean.
- `connecting`: from the configuration to a client, and to a cluster that has our templates.
"""
