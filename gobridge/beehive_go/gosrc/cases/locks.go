package cases

import (
	_ "unsafe" // for linkname
)

// To synctest a goroutine that waits for a sync.Mutex is not idle, because the mutex could be unlocked from outside the
// bubble. Here it cannot, since a context belongs to one case. Without this change, an operation that waits for ever for
// a lock held by another blocked operation would look like an endless loop.

//go:linkname waitReasonStrings runtime.waitReasonStrings
var waitReasonStrings [32]string

//go:linkname isIdleInSynctest runtime.isIdleInSynctest
var isIdleInSynctest [32]bool

// WaitingForLocksIsIdle makes synctest treat goroutines that wait for locks as idle.
//
// It returns false if this version of Go names the reasons for waiting differently.
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
