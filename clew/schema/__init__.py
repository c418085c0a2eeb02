"""
The contract between what services say and what clew keeps.

Everything in here is pure: bytes and values in, values out, no files, no clock, no sockets.

- `record`: the canonical line, a closed set of fields.
- `fields`: every field a document can have, and how stores treat it.
- `line`: one line of a container -> a record or a rejection, by way of the dialects.
- `document`: what a store holds, and the ID that makes a second arrival harmless.
"""
