"""
How loggers are made to write canonical lines, in a few lines for each dialect.

The whole configuration, with the code and how IDs get in, is on the page that each advice names:
`docs/logging/<page>.md`, which `clew lint --how PAGE` prints.
"""

from __future__ import annotations

from textwrap import dedent
from typing import NamedTuple


class Advice(NamedTuple):
    """`logger` as people call it; `text` has three to eight lines, the first page is its own."""

    logger: str
    text: str
    pages: tuple[str, ...]


def _advice(logger: str, pages: str, text: str) -> Advice:
    return Advice(logger, dedent(text).strip(), tuple(pages.split()))


_ECS = """
    Nearly canonical. Names have dots ("log.level"): no objects in objects. What is no field of the
    record goes under "labels", as texts.
    - Spring Boot: a StructuredLogFormatter of your own in place of `ecs`, which also makes trace.id
      and span.id of Micrometer's traceId and spanId.
    - ecs-logging for Python and for structlog: clew_logging instead.
    - ecs-pino, ecs-winston, ecszap, ecslogrus: a last step that moves other keys into "labels".
    """
_MONOLOG = """
    A formatter of yours, set in the channel of config/logging.php or monolog.yaml: a class that
    extends Monolog\\Formatter\\NormalizerFormatter and writes one flat object a line:
      "@timestamp", "log.level" (level_name), "message", "log.logger" (channel),
      "trace.id", "span.id", "transaction.id" out of the context or a processor,
    and everything else of context and extra under "labels", as texts.
    """
_SPRING = """
    Let Spring Boot write with a formatter class of yours, in application.properties:
      spring.application.name=shop
      logging.structured.format.console=CanonicalFormatter
    It writes trace.id and span.id where Micrometer puts traceId and spanId, and the rest of the MDC
    and key-value pairs under "labels".
    """
_LOGBACK = """
    Use logstash-logback-encoder's LoggingEventCompositeJsonEncoder, which lets you name fields:
      <logLevel><fieldName>log.level</fieldName></logLevel>
      <loggerName><fieldName>log.logger</fieldName></loggerName>
      <stackTrace><fieldName>error.stack_trace</fieldName></stackTrace>
    A provider of some twenty lines makes trace.id, span.id and transaction.id of the MDC's IDs, and
    "labels" of the rest. With Spring Boot and no logback.xml of yours: see spring-boot.
    """
_LOG4J2 = """
    Use JsonTemplateLayout with a template of your own, canonical.json, as a resource:
      <JsonTemplateLayout eventTemplateUri="classpath:canonical.json"/>
    In it, among others:
      "log.level": {"$resolver": "level", "field": "name"},
      "trace.id": {"$resolver": "mdc", "key": "trace_id"},
      "labels": {"$resolver": "mdc", "pattern": "...", "stringified": true}
    """
_GCP = """
    Google's names (severity, logging.googleapis.com/trace) are translated. To be canonical:
    - log4j2: JsonTemplateLayout with a canonical.json in place of GcpLayout.json
    - Python: clew_logging.configure(service="shop") in place of google-cloud-logging's handler
    - Node: pino or winston with the canonical.mjs of their pages
    """
_PINO = """
    Let pino name its fields as the record does, and put everything else under "labels":
      base: { 'service.name': 'shop' }, messageKey: 'message',
      timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ 'log.level': label }) },
      hooks: { streamWrite: (line) => canonical(line, RENAMED) }  // the page's canonical.mjs
    """
_BUNYAN = """
    bunyan's fields can't be renamed. pino takes the same calls, and its fields can:
      base: { 'service.name': 'shop' }, messageKey: 'message',
      timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ 'log.level': label }) },
      hooks: { streamWrite: (line) => canonical(line, RENAMED) }  // the page's canonical.mjs
    """
_WINSTON = """
    Combine formats: one for errors with their stacks, one for IDs, a timestamp, JSON, and a last
    one that gives fields their names:
      format: winston.format.combine(withError(), withIds(), winston.format.timestamp(),
                                     winston.format.json(), asCanonical())
    The page has all of them. Pass an error behind a message: logger.error('payment failed', error).
    Of one that comes alone nothing is left but the level.
    """
_ZAP = """
    Name the fields in zap's EncoderConfig, write to stdout, and sample nothing away:
      TimeKey: "@timestamp", EncodeTime: zapcore.RFC3339NanoTimeEncoder,
      LevelKey: "log.level", EncodeLevel: zapcore.LowercaseLevelEncoder,
      NameKey: "log.logger", MessageKey: "message"
    A core around it puts other fields into "labels", and an error into error.type, error.message
    and error.stack_trace: canonical.go of the page.
    """
_ZEROLOG = """
    Name the fields, and write times to the nanosecond: in whole seconds lines lose their order.
      zerolog.TimestampFieldName, zerolog.LevelFieldName = "@timestamp", "log.level"
      zerolog.TimeFieldFormat = time.RFC3339Nano
    Log to stdout, not through ConsoleWriter, but through a writer that moves other keys into
    "labels"; a hook takes IDs from the context: canonical.go of the page.
    """
_SLOG = """
    Wrap slog's JSON handler; ReplaceAttr names the fields as the record does:
      time -> "@timestamp", level -> "log.level", msg -> "message"
    Other attributes go into "labels", as texts, an error into error.type and error.message:
    canonical.go of the page. IDs come from the context: call InfoContext and the like.
    """
_LOGRUS = """
    Better use log/slog, with the page's handler: logrus takes no new features. Until then:
      logrus.SetOutput(os.Stdout)
      logrus.SetFormatter(&logrus.JSONFormatter{TimestampFormat: time.RFC3339Nano,
        FieldMap: logrus.FieldMap{logrus.FieldKeyTime: "@timestamp",
          logrus.FieldKeyLevel: "log.level", logrus.FieldKeyMsg: "message"}})
    Other fields stay at the top, so that a line with any is translated.
    """
_KLOG = """
    Let klog write through slog, with the page's handler:
      klog.SetSlogLogger(slog.New(NewHandler(os.Stdout, slog.LevelInfo)))
    Levels, times and key-value pairs then have the record's names.
    """
_LOGFMT = """
    Text in key=value pairs. Let slog write JSON with the page's handler, in place of TextHandler:
      slog.SetDefault(slog.New(NewHandler(os.Stdout, slog.LevelInfo)))
    logrus: JSONFormatter with a FieldMap (`clew lint --how logrus`), or slog in its place.
    """
_SERILOG = """
    Write to the console with a formatter of your own:
      .Enrich.FromLogContext().WriteTo.Console(new CanonicalFormatter("shop"))
    CanonicalFormatter.cs of the page renders messages, takes trace and span from the event, and
    puts an exception into error.type, .message and .stack_trace, properties into "labels".
    """
_DOTNET = """
    Let Serilog write what goes through ILogger, with a formatter of your own:
      builder.Host.UseSerilog();
      .Enrich.FromLogContext().WriteTo.Console(new CanonicalFormatter("shop"))
    CanonicalFormatter.cs of the page takes trace and span from Activity.Current. Without Serilog,
    AddJsonConsole with IncludeScopes and a TimestampFormat at least has IDs and times.
    """
_PYTHON = """
    pip install clew-logging, and in the program, before it logs:
      clew_logging.configure(service="shop")
    or "()": "clew_logging.CanonicalFormatter" among the formatters of a dictConfig. What `extra`
    brings goes into its field or into "labels"; IDs come from OpenTelemetry's context and baggage.
    """
_UVICORN = """
    pip install clew-logging, and in the module of the application:
      clew_logging.configure(service="shop")
      app = clew_logging.ASGIMiddleware(app)
    It takes away uvicorn's handlers, so that its lines go the same way. With a configuration of
    your own: start uvicorn with log_config=None.
    """
_STRUCTLOG = """
    pip install clew-logging; its renderer comes last, in place of JSONRenderer or ConsoleRenderer:
      processors=[structlog.contextvars.merge_contextvars, ...,
                  clew_logging.CanonicalRenderer(service="shop")]
    Without that package: `to_fields` of the page structlog. Bind the order's number as
    "transaction.id"; trace.id and span.id come from OpenTelemetry's context.
    """
_LOGURU = """
    Hand loguru's records to Python's logging, which clew_logging makes canonical:
      clew_logging.configure(service="shop")
      class Propagate(logging.Handler):
          def emit(self, record): logging.getLogger(record.name).handle(record)
      logger.remove()
      logger.add(Propagate(), format="{message}")
    """
_OTEL = """
    Translated whole, with its IDs: nothing is lost. To be canonical, let the program's logger print
    its lines itself, in place of an exporter to stdout; trace.id and span.id still come from the
    SDK's context:
    - Python: clew_logging.configure(service="shop")
    - Node: pino or winston, Go: slog, zap or zerolog, Java: Logback or log4j2, as on their pages
    """
_DATADOG = """
    The tracer adds dd.trace_id and dd.span_id to lines of whatever logger. Make that logger
    canonical, as on its page, and let it write trace.id, span.id and service.name itself:
    - Python: clew_logging.configure(service="shop")
    - Node: pino or winston, Go: slog, zap or zerolog, Java: Logback or log4j2
    Decimal IDs lead to no trace of services that don't use Datadog: W3C's do.
    """
_ENVOY = """
    Give the access log a json_format with the record's names:
      "@timestamp": "%START_TIME%", message: "%REQ(:METHOD)% ... %RESPONSE_CODE%",
      log.level: "%CEL(response.code >= 500 ? 'error' : ...)%", trace.id: "%TRACE_ID%",
      event.duration: "%COMMON_DURATION(DS_RX_BEG:DS_TX_END:ns)%", labels: {...}
    In a mesh, the same as labels of an envoyFileAccessLog in Istio's meshConfig.
    """
_NGINX = """
    Give access_log a log_format of JSON with the record's names:
      log_format clew escape=json '{"@timestamp":"$clew_time","log.level":"$clew_level",...}';
    The page's maps make levels of statuses, nanoseconds of $request_time, and trace.id of
    `traceparent`. escape=json is needed, and quotes around what may be empty. The error log stays
    text, which clew reads.
    """
_JSON = """
    What looks like a time, a level, a message or an ID is taken for one, the rest are labels. A
    canonical line is one flat object: "log.level" and "message"; "@timestamp" in RFC 3339, with a
    zone; "service.name"; "trace.id" and "transaction.id" where there are any; and everything else
    as texts in "labels". `clew schema` prints exactly what.
    """
_TEXT = """
    Text has no fields: a level and IDs are found only where they stand by themselves, and a message
    of two lines becomes two records. Let the program use a logger that writes JSON:
    - Java: Logback or log4j2     - Node: pino or winston     - Python: clew_logging or structlog
    - Go: slog, zap or zerolog    - .NET: Serilog
    What is printed past the logger (print, console.log, a banner) stays text.
    """
_PATTERN = """
    A pattern of the policy takes these lines apart. That loses nothing it has a group for, and all
    else: let the program use a logger that writes JSON.
    - Java: Logback or log4j2     - Node: pino or winston     - Python: clew_logging or structlog
    - Go: slog, zap or zerolog    - .NET: Serilog
    """
_ANY = "logback log4j2 pino winston python structlog slog zap zerolog serilog"

ADVICE: dict[str, Advice] = {
    "json": _advice("JSON of no logger that clew knows", _ANY, _JSON),
    "text": _advice("text of no logger that clew knows", _ANY, _TEXT),
    "pattern": _advice("text that a pattern of the policy reads", _ANY, _PATTERN),
    "ecs": _advice("ECS", "spring-boot logback log4j2 python structlog pino winston zap", _ECS),
    "gelf": _advice("GELF (Spring Boot, log4j2)", "spring-boot log4j2", _SPRING),
    "logstash": _advice("Logstash's (Logback, Spring Boot)", "logback spring-boot", _LOGBACK),
    "logback-json": _advice("Logback's JSON", "logback spring-boot", _LOGBACK),
    "log4j2": _advice("log4j2's JSON", "log4j2", _LOG4J2),
    "gcp": _advice("Google Cloud's", "log4j2 python pino winston", _GCP),
    "pino": _advice("pino", "pino", _PINO),
    "bunyan": _advice("bunyan", "pino", _BUNYAN),
    "winston": _advice("winston", "winston", _WINSTON),
    "zap": _advice("zap", "zap", _ZAP),
    "zerolog": _advice("zerolog", "zerolog", _ZEROLOG),
    "slog": _advice("slog", "slog", _SLOG),
    "logrus": _advice("logrus", "slog", _LOGRUS),
    "klog": _advice("klog's JSON", "slog", _KLOG),
    "serilog": _advice("Serilog", "serilog", _SERILOG),
    "dotnet": _advice(".NET's console, JSON", "serilog", _DOTNET),
    "structlog": _advice("structlog", "structlog python", _STRUCTLOG),
    "python-json": _advice("python-json-logger", "python", _PYTHON),
    "loguru": _advice("loguru", "python", _LOGURU),
    "otlp": _advice("OpenTelemetry's OTLP", "python pino winston slog zap zerolog logback", _OTEL),
    "otel-console": _advice(
        "OpenTelemetry's console exporter", "python pino winston slog zap zerolog logback", _OTEL
    ),
    "datadog": _advice(
        "with Datadog's tracer", "python pino winston slog zap zerolog logback", _DATADOG
    ),
    "envoy": _advice("Envoy's or Istio's access log, JSON", "envoy-istio", _ENVOY),
    "nginx": _advice("nginx's access log, JSON", "nginx", _NGINX),
    "spring": _advice("Spring Boot's text", "spring-boot logback", _SPRING),
    "logback": _advice("Logback's text", "logback spring-boot", _LOGBACK),
    "log4j2-text": _advice("log4j2's text", "log4j2", _LOG4J2),
    "python-text": _advice("text of Python's logging", "python", _PYTHON),
    "uvicorn": _advice("uvicorn's text", "python", _UVICORN),
    "klog-text": _advice("klog's text", "slog", _KLOG),
    "logfmt": _advice("logfmt (slog's or logrus' text)", "slog zap zerolog", _LOGFMT),
    "zap-console": _advice("zap's console encoder", "zap", _ZAP),
    "zerolog-console": _advice("zerolog's ConsoleWriter", "zerolog", _ZEROLOG),
    "loguru-text": _advice("loguru's text", "python", _LOGURU),
    "structlog-text": _advice("structlog's console", "structlog python", _STRUCTLOG),
    "winston-text": _advice("winston's text", "winston", _WINSTON),
    "dotnet-text": _advice(".NET's console, text", "serilog", _DOTNET),
    "envoy-text": _advice("Envoy's or Istio's access log, text", "envoy-istio", _ENVOY),
    "nginx-text": _advice("nginx's logs, text", "nginx", _NGINX),
    "monolog": _advice("Monolog", "README", _MONOLOG),
}
"""By the name of the dialect: one for each but `canonical` and `none`, which is no dialect."""

PAGES = tuple(sorted({page for each in ADVICE.values() for page in each.pages}))
