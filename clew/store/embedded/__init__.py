"""
The store inside the process: a tantivy index, and SQLite beside it. No other server is needed.

- `directory`: what stands on the disk, its format's version, and who may write.
- `index_schema`, `indexing`: the fields of the index, and how a document becomes their values.
- `index`: the index as the last commit left it.
- `translation`: nodes of a search -> queries.
- `ordering`, `reading`: hits in the order (time, file, offset), counts, facets.
- `writing`: one thread that changes the index, and commits what arrives together at once.
- `database`: an SQLite file, asked in a thread of its own.
- `series_tables`: scrapes as rows, and selections of them.
- `log_store`, `series_store`, `state_store`: the three protocols.
"""
