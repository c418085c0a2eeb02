"""Questions put to a store: the transaction of an ID, recent ones, a search."""
