"""Where agents knock: `POST /v1/batches`."""
