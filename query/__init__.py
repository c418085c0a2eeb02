"""The process that answers: an HTTP API and web pages. It writes to no store."""
