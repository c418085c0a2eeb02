// A service with zerolog's global logger, times in milliseconds, and callers.
package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/rs/zerolog"
	"github.com/rs/zerolog/log"
)

func main() {
	zerolog.TimeFieldFormat = zerolog.TimeFormatUnixMs
	zerolog.SetGlobalLevel(zerolog.TraceLevel)
	logger := log.With().Caller().Str("service", "shop").Logger()
	logger.Info().Str("logger", "shop.orders").Msg("shop started")

	for level := zerolog.TraceLevel; level <= zerolog.PanicLevel; level++ {
		logger.WithLevel(level).Msg("level " + level.String())
	}
	logger.Log().Msg("level none")

	order := logger.With().
		Str("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736").
		Str("span_id", "00f067aa0ba902b7").
		Str("transaction_id", "A-17").
		Logger()
	order.Info().Msg("order placed")

	cause := errors.New("bank unreachable")
	order.Error().Err(fmt.Errorf("card refused: %w", cause)).Msg("payment failed")

	logger.Warn().
		Dict("http", zerolog.Dict().
			Dict("request", zerolog.Dict().Str("method", "POST")).
			Dict("response", zerolog.Dict().Int("status_code", 503))).
		Float64("elapsed_ms", 1250.5).
		Strs("tags", []string{"a", "b"}).
		Msg("slow answer")

	logger.Info().
		Interface("nothing", nil).
		Bool("yes", true).
		Str("empty", "").
		Uint64("big", 12345678901234567890).
		Float64("nan", math.NaN()).
		Int("a", 1).
		Int("a.b", 2).
		Msg("odd \"quotes\" \\ back\nsecond line\tტ 🧶")
}
