"""The process that takes batches in and is the only writer of stores."""
