//go:build !no_klog

package bus

import (
	"flag"
	"os"
	"sync/atomic"

	"beehivebridge/wire"

	"k8s.io/klog/v2"
)

const catchesLogs = true

var logged atomic.Int32 // the highest level since it was last taken

type level wire.Level

func (l level) Write(line []byte) (int, error) {
	for {
		highest := logged.Load()
		if highest >= int32(l) || logged.CompareAndSwap(highest, int32(l)) {
			return len(line), nil
		}
	}
}

func resetLogged() { logged.Store(int32(wire.Nothing)) }

func takeLogged() wire.Level { return wire.Level(logged.Swap(int32(wire.Nothing))) }

// CatchLogs discards what is logged, but records its level; fatal messages still go to stderr.
func CatchLogs() error {
	options := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(options)
	for name, value := range map[string]string{
		"logtostderr": "false", "alsologtostderr": "false", "stderrthreshold": "FATAL",
	} {
		if err := options.Set(name, value); err != nil {
			return err
		}
	}
	klog.SetOutputBySeverity("INFO", level(wire.Info))
	klog.SetOutputBySeverity("WARNING", level(wire.Warning))
	klog.SetOutputBySeverity("ERROR", level(wire.Error))
	klog.SetOutputBySeverity("FATAL", os.Stderr)
	return nil
}
