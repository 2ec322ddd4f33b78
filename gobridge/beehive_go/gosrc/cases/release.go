package cases

import (
	"runtime"
	"strings"
	"testing/synctest"
	"time"
)

const (
	// releaseTime exceeds every timeout that a bus chooses by itself; a program may choose a longer one, which is cut off.
	releaseTime     = 2 * time.Minute
	releaseInterval = time.Second
)

// release releases everything that still waits, so that no goroutine outlives its case.
//
// It lets time pass before it closes channels, because an implementation may send from goroutines of its own, and a
// send on a closed channel would end the process.
func (r *run) release(atRest int) (leak string) {
	r.lock.Lock()
	r.closing = true
	r.lock.Unlock()
	for waited := time.Duration(0); waited < releaseTime; waited += releaseInterval {
		if r.drain(); r.over(atRest) {
			return ""
		}
		time.Sleep(releaseInterval)
	}
	for range 3 {
		r.drain()
		r.bus.Close()
		synctest.Wait()
		if r.over(atRest) {
			return ""
		}
		time.Sleep(releaseInterval)
	}
	return leaked()
}

func (r *run) drain() {
	for moved := true; moved; {
		r.bus.Remember()
		moved = r.bus.Drain()
		synctest.Wait()
	}
}

func (r *run) over(atRest int) bool { return r.pending == 0 && runtime.NumGoroutine() <= atRest }

// leaked returns the stacks of the goroutines that remain in the bubble, without the bubble's own.
func leaked() string {
	dump := make([]byte, 1<<20)
	dump = dump[:runtime.Stack(dump, true)]
	var found []string
	for _, goroutine := range strings.Split(string(dump), "\n\n") {
		head, _, _ := strings.Cut(goroutine, "\n")
		if !strings.Contains(head, "synctest bubble") || strings.Contains(goroutine, "testing.tRunner(") ||
			strings.Contains(goroutine, "testing/synctest.") {
			continue
		}
		found = append(found, goroutine)
	}
	return strings.Join(found, "\n\n")
}
