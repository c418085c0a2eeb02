"""docs/redaction.md: what is taken out of lines, shown by doing it."""

from __future__ import annotations

from agent.redaction.built_in import BUILT_IN
from agent.redaction.cards import ISSUERS
from agent.redaction.config import RedactionConfig
from agent.redaction.redactor import PROTECTED, Redactor
from scripts.pages.tables import table

_HEAD = """\
# Redaction

The agent replaces secrets before a line leaves the node: in records, in quarantine, in what waits
on its disk. No copy of what stood there is kept. This page is generated from `agent/redaction/`
by `make docs`: the examples are what the code makes of them.

## What is replaced

"""

_TOKENS = """
A value that says nothing is no secret: `null`, `****`, `${PASSWORD}`, `<hidden>`. `token` and its
likes name secrets of four characters and more, `token=512` counts something, and `token: expired`
is a sentence. Words are found in small letters and capitals, names also at the end of longer ones
(`db_password`, `clientSecret`).

In JSON the whole string or number under such a key is replaced, or each in a list of them; a
number becomes a string. A text is looked at as it reads: `password\\u003dhunter2` and JSON inside
of a text are no hiding places. A private key that was printed over many lines is replaced line by
line.

"""

_CARDS = """
A number of a payment card begins and is as long as its issuer's are, has a sum that fits (Luhn's
alone passes a tenth of all numbers), and stands alone: digits inside longer runs, UUIDs or IDs
such as `order-4012888888881881` are none. Groups of digits may have spaces or dashes between
them.

"""

_REST = """
## What stands in its place

    [redacted:<pattern>:<8 hexadecimal digits>]

The digits are a hash of the secret with a key (BLAKE2b): equal secrets have equal digits, in
whatever line, field or spelling they stood, so two lines about one card can still be found
together. Nobody without the key can try out what a token stands for.

Each agent makes a key of its own once, and keeps it in its data folder as `redaction.key`, which
only its owner may read. So that all nodes make the same tokens, let `agent.redaction.key_file`
name a file that they share: any text of at least 16 bytes, best a random one.

    head -c 32 /dev/urandom | base64 > redaction-key

Another key means other tokens from then on. Where a token would make a field longer than the
schema allows (1024 characters in most fields, 8191 in a label), or a line longer than 1 MiB,
there are asterisks in its place, as many as the secret had characters.

## What is never touched

- IDs and timestamps, even where a pattern fits. In JSON these are the values under: {protected}.
  In text it is what clew takes as IDs from it, such as `trace_id=...`, `txId: ...` or
  `orderNumber=...`.
- The keys of JSON objects.
- Everything that is no secret: other characters keep their bytes, JSON stays JSON, and a line
  that was canonical stays so. Redacting a line twice changes nothing.

A secret can't be told from other text by its look alone; what is logged without a name
(`hunter2`) is found by nobody. Of a line of more than 8 MiB each piece is looked at by itself.

## More patterns

    agent:
      redaction:
        patterns: [private_key, jwt, card, password]   # without it, all of the table
        own_patterns:
          - name: patient
            expression: 'patient=(?P<secret>PAT-\\d{{4,12}})'
            literals: [PAT-]
        key_file: /etc/clew/redaction-key

`expression` is a regular expression of Python. The group named `secret` is replaced, or the whole
match where there is no such group. In JSON it sees each text by itself, in plain text the whole
line.

`literals` are texts one of which stands in every line that the expression can match. They are
what makes redaction cheap: all lines are looked through for them at once, and only where one
stands is the expression tried. Without them it is tried on every line.

An expression that can match the empty text is refused, and so is one with a repeat without limit
inside of another (`(a+)+`), which on some lines can take for ever. `clew config check FILE`
tells.

All settings are in [configuration.md](configuration.md).
"""


def redaction_page() -> str:
    redactor = Redactor.build(RedactionConfig(), b"the key of this page")
    rows = []
    for pattern in BUILT_IN.values():
        redacted = [pattern.example.encode()]
        redactor.redact(redacted)
        rows.append(
            (
                f"`{pattern.name}`",
                pattern.meaning,
                f"`{pattern.example}`",
                f"`{redacted[0].decode()}`",
            )
        )
    issuers = (
        (issuer, f"`{prefix}`", ", ".join(map(str, lengths))) for issuer, prefix, lengths in ISSUERS
    )
    return "".join(
        (
            _HEAD,
            "\n".join(table(("pattern", "replaces", "a line", "becomes"), rows)) + "\n",
            _TOKENS,
            "### Payment cards\n",
            _CARDS,
            "\n".join(table(("issuer", "first digits", "lengths"), issuers)) + "\n",
            _REST.format(protected=", ".join(f"`{name}`" for name in sorted(PROTECTED))),
        )
    )
