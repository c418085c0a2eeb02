import structlog

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(colors=False),
    ]
)
log = structlog.get_logger()


def pay():
    try:
        raise ConnectionError("bank unreachable")
    except ConnectionError as error:
        raise RuntimeError("card refused") from error


log.info("shop started")
for level in ("debug", "info", "warning", "error", "critical"):
    getattr(log, level)(f"level {level}")
request = log.bind(
    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    span_id="00f067aa0ba902b7",
    transaction_id="A-17",
)
request.info("order placed")
try:
    pay()
except RuntimeError:
    request.exception("payment failed")
log.warning(
    "slow answer",
    http={"request": {"method": "POST"}, "response": {"status_code": 503}},
    elapsed_ms=1250.5,
    tags=["a", "b"],
)
log.info(
    'odd "quotes" \\ back\nsecond line\tტ 🧶',
    nothing=None,
    yes=True,
    empty="",
    big=12345678901234567890,
    nan=float("nan"),
    a="plain",
    **{"a.b": "dotted"},
)
