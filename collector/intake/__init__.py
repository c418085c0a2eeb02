"""Where agents knock: `POST /v1/batches`, `POST /v1/reports`."""
