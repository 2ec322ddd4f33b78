package cases

import (
	_ "unsafe" // for linkname
)

// A goroutine that waits for a sync.Mutex is not idle in the eyes of synctest, because someone outside the
// bubble might unlock it. Here nobody does: a context belongs to one case. Without this, an operation that
// is blocked for ever on a lock that another blocked operation holds could not be told from an endless loop.

//go:linkname waitReasonStrings runtime.waitReasonStrings
var waitReasonStrings [32]string

//go:linkname isIdleInSynctest runtime.isIdleInSynctest
var isIdleInSynctest [32]bool

// WaitingForLocksIsIdle makes synctest settle while goroutines wait for locks.
//
// It returns false, and changes nothing, if this version of Go has no such table.
func WaitingForLocksIsIdle() bool {
	changed := 0
	for i, reason := range waitReasonStrings {
		switch reason {
		case "sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock":
			isIdleInSynctest[i] = true
			changed++
		}
	}
	return changed == 3
}
