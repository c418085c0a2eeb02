// A service with zap's production logger, and names and times as many people like them better.
package main

import (
	"errors"
	"fmt"
	"math"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func main() {
	config := zap.NewProductionConfig()
	config.EncoderConfig.TimeKey = "timestamp"
	config.EncoderConfig.MessageKey = "message"
	config.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	config.EncoderConfig.EncodeLevel = zapcore.CapitalLevelEncoder
	config.DisableStacktrace = true
	config.InitialFields = map[string]any{"service": "shop"}
	logger, err := config.Build()
	if err != nil {
		panic(err)
	}
	defer logger.Sync()
	logger.Named("shop.orders").Info("shop started")

	for level := zapcore.DebugLevel; level <= zapcore.FatalLevel; level++ {
		atLevel(logger, level)
	}

	order := logger.With(
		zap.String("traceId", "4bf92f3577b34da6a3ce929d0e0e4736"),
		zap.String("spanId", "00f067aa0ba902b7"),
		zap.String("requestId", "A-17"),
	)
	order.Info("order placed")

	cause := errors.New("bank unreachable")
	order.Error("payment failed", zap.Error(fmt.Errorf("card refused: %w", cause)))

	logger.Warn("slow answer",
		zap.Any("http", map[string]any{
			"request":  map[string]any{"method": "POST"},
			"response": map[string]any{"status_code": 503},
		}),
		zap.Float64("elapsed_ms", 1250.5),
		zap.Strings("tags", []string{"a", "b"}),
	)

	logger.Info("odd \"quotes\" \\ back\nsecond line\tტ 🧶",
		zap.Any("nothing", nil),
		zap.Bool("yes", true),
		zap.String("empty", ""),
		zap.Uint64("big", 12345678901234567890),
		zap.Float64("nan", math.NaN()),
		zap.Int("a", 1),
		zap.Int("a.b", 2),
	)
}

// What panics after it has logged goes on here; so does what would end the program.
func atLevel(logger *zap.Logger, level zapcore.Level) {
	defer func() { _ = recover() }()
	logger.WithOptions(zap.WithFatalHook(zapcore.WriteThenPanic)).Log(level, "level "+level.String())
}
