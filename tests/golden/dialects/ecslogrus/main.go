// A service that logs with logrus in the format of Elastic.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/sirupsen/logrus"
	"go.elastic.co/ecslogrus"
)

func main() {
	logger := logrus.New()
	logger.SetOutput(os.Stdout)
	logger.SetFormatter(&ecslogrus.Formatter{})
	logger.SetLevel(logrus.TraceLevel)
	logger.ExitFunc = func(int) {} // a fatal record would end the program
	logger.WithField("log.logger", "shop.orders").Info("shop started")

	for _, level := range logrus.AllLevels {
		atLevel(logger, level)
	}

	order := logger.WithFields(logrus.Fields{
		"trace.id":       "4bf92f3577b34da6a3ce929d0e0e4736",
		"span.id":        "00f067aa0ba902b7",
		"transaction.id": "A-17",
	})
	order.Info("order placed")

	cause := errors.New("bank unreachable")
	order.WithError(fmt.Errorf("card refused: %w", cause)).Error("payment failed")

	logger.WithFields(logrus.Fields{
		"http": logrus.Fields{
			"request":  logrus.Fields{"method": "POST"},
			"response": logrus.Fields{"status_code": 503},
		},
		"elapsed_ms": 1250.5,
		"tags":       []string{"a", "b"},
	}).Warn("slow answer")

	logger.WithFields(logrus.Fields{
		"nothing": nil,
		"yes":     true,
		"empty":   "",
		"big":     uint64(12345678901234567890),
		"a":       1,
		"a.b":     2,
	}).Info("odd \"quotes\" \\ back\nsecond line\tტ 🧶")
}

// What panics after it has logged goes on here.
func atLevel(logger *logrus.Logger, level logrus.Level) {
	defer func() { _ = recover() }()
	logger.Log(level, "level "+level.String())
}
