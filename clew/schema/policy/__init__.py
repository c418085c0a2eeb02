"""
What the lines of a service have to say beyond the schema, and what becomes of those that don't.

- `model`: a policy file, as pydantic checks it.
- `names`: which names a policy may call.
- `policy`, made of `rules`: a policy as it is used, without pydantic.
- `compiling`: the one -> the other.
- `enforcer`: the policy of one container, asked line by line; `clew.schema.columns.enforcing` asks
  it about many lines at once.
"""
