"""
`python -m bench.agents.sink PORT CPU`: takes what agents send, and answers as a collector does.

Clew's batches are decoded as a collector decodes them, since the answer says of each part what
became of it; Fluent Bit's lines are unpacked and counted. Nothing is kept but counts and, of lines
with a marker, how long it took from their writing until they were acknowledged.
"""

from __future__ import annotations

import gzip
import os
import re
import sys
from collections.abc import Iterable

import zstandard
from aiohttp import web

from clew.runtime.clock import SYSTEM_CLOCK
from clew.schema.timestamps import SECOND
from clew.wire.batch import Answer, Batch, PartAnswer, decode_batch, encode_answer
from clew.wire.samples import SampleAnswer, decode_samples, encode_sample_answer

BODY_BYTES = 256 * 1024 * 1024
STORE = "bench"
MARKER = re.compile(rb'"written":"(\d+)"')
"""A label with the Unix nanoseconds at which its line was written to the file."""


class Sink:
    def __init__(self) -> None:
        self.lines = self.requests = self.bytes = 0
        self.latencies: list[float] = []

    def app(self) -> web.Application:
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_get("/v1/store", self._store)
        app.router.add_post("/v1/batches", self._batch)
        app.router.add_post("/v1/samples", self._samples)
        app.router.add_post("/v1/reports", self._report)
        app.router.add_post("/lines", self._lines)
        app.router.add_get("/counts", self._counts)
        return app

    async def _store(self, _: web.Request) -> web.Response:
        return web.json_response({"store": STORE})

    async def _report(self, _: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _samples(self, request: web.Request) -> web.Response:
        scrapes = decode_samples(await request.read(), BODY_BYTES).scrapes
        return web.Response(body=encode_sample_answer(SampleAnswer(len(scrapes))))

    async def _batch(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        batch = decode_batch(body, BODY_BYTES)
        lines = sum(len(part.transactions) for part in batch.parts)
        answer = encode_answer(_stored(batch))
        return await self._answer(
            request, body, lines, answer, (part.records for part in batch.parts)
        )

    async def _lines(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        lines = _unpacked(request.headers.get("Content-Encoding", ""), body)
        count = lines.count(b"\n") + (not lines.endswith(b"\n"))
        return await self._answer(request, body, count, b"", [lines])

    async def _answer(
        self,
        request: web.Request,
        body: bytes,
        lines: int,
        answer: bytes,
        texts: Iterable[bytes],
    ) -> web.StreamResponse:
        """Counted once the answer is out: nobody has acknowledged anything before."""
        response = web.Response(body=answer, content_type="application/json")
        await response.prepare(request)
        await response.write_eof()
        now = SYSTEM_CLOCK.now()
        self.lines += lines
        self.requests += 1
        self.bytes += len(body)
        for text in texts:
            written = map(int, MARKER.findall(text))
            self.latencies += [(now - moment) / SECOND for moment in written]
        return response

    async def _counts(self, _: web.Request) -> web.Response:
        latencies = sorted(self.latencies)
        return web.json_response(
            {
                "lines": self.lines,
                "requests": self.requests,
                "bytes": self.bytes,
                "marked": len(latencies),
                "p50_seconds": _quantile(latencies, 0.5),
                "p99_seconds": _quantile(latencies, 0.99),
            }
        )


def _stored(batch: Batch) -> Answer:
    parts = [PartAnswer(part.end, indexed=len(part.transactions)) for part in batch.parts]
    return Answer(parts, STORE)


def _unpacked(encoding: str, body: bytes) -> bytes:
    match encoding:
        case "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(body)
        case "gzip":
            return gzip.decompress(body)
        case _:
            return body


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def main(port: int, cpu: int) -> None:
    os.sched_setaffinity(0, {cpu})
    web.run_app(
        Sink().app(),
        host="127.0.0.1",
        port=port,
        print=None,
        access_log=None,
        auto_decompress=False,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
