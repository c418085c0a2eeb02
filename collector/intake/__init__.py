"""Where agents knock (`POST /v1/batches`, `/v1/samples`, `/v1/reports`), and who mends lines."""
