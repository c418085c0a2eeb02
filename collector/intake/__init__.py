"""Where agents knock: `POST /v1/batches`, `POST /v1/samples`, `POST /v1/reports`."""
