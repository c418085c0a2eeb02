"""Batches that are durable before they are sent: the plan of a batch is the batch."""
