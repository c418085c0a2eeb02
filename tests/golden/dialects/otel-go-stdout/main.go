// A service that logs with slog through OpenTelemetry's SDK and its exporter for consoles.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutlog"
	sdk "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	ctx := context.Background()
	exporter, err := stdoutlog.New()
	if err != nil {
		panic(err)
	}
	provider := sdk.NewLoggerProvider(
		sdk.WithProcessor(sdk.NewSimpleProcessor(exporter)),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "shop"),
			attribute.String("service.version", "1.4.0"),
		)),
	)
	defer provider.Shutdown(ctx)
	logger := otelslog.NewLogger("shop.orders", otelslog.WithLoggerProvider(provider))
	logger.Info("shop started")

	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		logger.Log(ctx, level, "level "+level.String())
	}

	traceID, _ := trace.TraceIDFromHex("4bf92f3577b34da6a3ce929d0e0e4736")
	spanID, _ := trace.SpanIDFromHex("00f067aa0ba902b7")
	order := trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled,
	}))
	logger.InfoContext(order, "order placed", "transaction.id", "A-17")

	cause := errors.New("bank unreachable")
	logger.ErrorContext(order, "payment failed",
		"transaction.id", "A-17", "err", fmt.Errorf("card refused: %w", cause))

	logger.Warn("slow answer",
		slog.Group("http",
			slog.Group("request", "method", "POST"),
			slog.Group("response", "status_code", 503)),
		"elapsed_ms", 1250.5,
		"tags", []string{"a", "b"},
	)

	logger.Info("odd \"quotes\" \\ back\nsecond line\tტ 🧶",
		"nothing", nil,
		"yes", true,
		"empty", "",
		"big", uint64(12345678901234567890),
		"a", 1,
		"a.b", 2,
	)
}
