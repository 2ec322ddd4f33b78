//go:build faults

// Package faults plants faults in builds for tests. In other builds it does nothing.
package faults

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// Trigger commits the fault that the name of a module requests.
func Trigger(module string) {
	switch module {
	case "fault:exit":
		os.Exit(3)
	case "fault:panic":
		panic("planted fault")
	case "fault:fatal":
		overflow(0)
	case "fault:locks":
		// Unlocking an unlocked mutex is a fatal error, from which a goroutine cannot recover.
		unlock()
	case "fault:hang":
		for {
		}
	case "fault:kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "fault:memory":
		exhaustMemory()
	case "fault:print":
		_, _ = os.Stdout.WriteString("planted\n")
	case "fault:late":
		go func() {
			time.Sleep(10 * time.Millisecond)
			panic("planted fault")
		}()
	case "fault:leak":
		go func() { select {} }()
	}
}

func overflow(depth int) int { return overflow(depth+1) + 1 }

func unlock() { new(sync.Mutex).Unlock() }

func exhaustMemory() {
	for blocks := [][]byte{}; ; {
		block := make([]byte, 1<<28)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		blocks = append(blocks, block)
	}
}
