// A component of Kubernetes with klog's defaults: text on stderr.
package main

import (
	"errors"
	"flag"
	"fmt"
	"math"

	"k8s.io/klog/v2"
)

type fields map[string]any

func main() {
	klog.InitFlags(nil)
	flag.Set("v", "4")
	defer klog.Flush()
	klog.Info("shop started")

	klog.V(4).Info("level V(4)")
	klog.Info("level info")
	klog.Warning("level warning")
	klog.Error("level error")
	klog.OsExit = func(int) {} // a fatal record would end the program
	klog.Fatal("level fatal")

	ids := []any{
		"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736",
		"span_id", "00f067aa0ba902b7",
		"transaction_id", "A-17",
	}
	klog.InfoS("order placed", ids...)

	cause := errors.New("bank unreachable")
	klog.ErrorS(fmt.Errorf("card refused: %w", cause), "payment failed", ids...)

	klog.Background().WithName("shop").WithName("orders").Info("slow answer",
		"http", fields{"request": fields{"method": "POST"}, "response": fields{"status_code": 503}},
		"elapsed_ms", 1250.5,
		"tags", []string{"a", "b"},
	)

	klog.InfoS("odd \"quotes\" \\ back\nsecond line\tტ 🧶",
		"nothing", nil,
		"yes", true,
		"empty", "",
		"big", uint64(12345678901234567890),
		"nan", math.NaN(),
		"a", 1,
		"a.b", 2,
		"lines", "one\ntwo",
	)
	klog.Info("odd \"quotes\" \\ back\nsecond line\tტ 🧶")
}
