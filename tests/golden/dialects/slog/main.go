// A service with the JSON handler of the standard library's log/slog.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
)

func main() {
	options := slog.HandlerOptions{AddSource: true, Level: slog.LevelDebug}
	logger := slog.New(slog.NewJSONHandler(os.Stdout, &options))
	ctx := context.Background()
	logger.Info("shop started", "logger", "shop.orders")

	levels := []slog.Level{
		slog.LevelDebug, slog.LevelInfo, slog.LevelInfo + 2,
		slog.LevelWarn, slog.LevelError, slog.LevelError + 4,
	}
	for _, level := range levels {
		logger.Log(ctx, level, "level "+level.String())
	}

	order := logger.With(
		"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736",
		"span_id", "00f067aa0ba902b7",
		"transaction_id", "A-17",
	)
	order.Info("order placed")

	cause := errors.New("bank unreachable")
	order.Error("payment failed", "err", fmt.Errorf("card refused: %w", cause))

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
		"nan", math.NaN(),
		"a", 1,
		"a.b", 2,
	)
}
