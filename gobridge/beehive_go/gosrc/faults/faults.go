//go:build faults

// Package faults plants faults in builds for tests; in every other build it is empty.
package faults

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// Trigger commits the fault that the name of a module asks for.
func Trigger(module string) {
	switch module {
	case "fault:exit":
		os.Exit(3)
	case "fault:panic":
		panic("planted fault")
	case "fault:fatal":
		overflow(0)
	case "fault:locks":
		// Unlocking what is not locked is a fatal error, which nothing can recover.
		unlock()
	case "fault:hang":
		for {
		}
	case "fault:kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "fault:memory":
		eat()
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

func eat() {
	for eaten := [][]byte{}; ; {
		meal := make([]byte, 1<<28)
		for i := 0; i < len(meal); i += 4096 {
			meal[i] = 1
		}
		eaten = append(eaten, meal)
	}
}
