// An operator of Kubernetes with the logger of controller-runtime: zap behind logr.
package main

import (
	"errors"
	"fmt"
	"math"

	"go.uber.org/zap/zapcore"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

func main() {
	logger := zap.New(zap.Level(zapcore.Level(-2)))
	orders := logger.WithName("shop").WithName("orders")
	orders.Info("shop started")

	logger.V(2).Info("level V(2)")
	logger.V(1).Info("level V(1)")
	logger.Info("level info")
	logger.Error(nil, "level error")

	order := orders.WithValues(
		"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736",
		"span_id", "00f067aa0ba902b7",
		"transaction_id", "A-17",
	)
	order.Info("order placed")

	cause := errors.New("bank unreachable")
	order.Error(fmt.Errorf("card refused: %w", cause), "payment failed")

	logger.Info("slow answer",
		"http", map[string]any{
			"request":  map[string]any{"method": "POST"},
			"response": map[string]any{"status_code": 503},
		},
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
