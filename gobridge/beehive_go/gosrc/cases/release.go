package cases

import (
	"runtime"
	"strings"
	"testing/synctest"
	"time"
)

const (
	// Longer than any time for which a bus waits of its own accord; a longer timeout of a program is cut off.
	patience = 2 * time.Minute
	stride   = time.Second
)

// end releases whatever still waits, so that no goroutine outlives its case.
//
// Nothing is closed before time has been given to pass: an implementation may send from goroutines of its
// own, and one that meets a closed channel would take the process with it.
func (r *run) end(atRest int) (leak string) {
	r.lock.Lock()
	r.closing = true
	r.lock.Unlock()
	for waited := time.Duration(0); waited < patience; waited += stride {
		if r.drain(); r.over(atRest) {
			return ""
		}
		time.Sleep(stride)
	}
	for range 3 {
		r.drain()
		r.bus.Close()
		synctest.Wait()
		if r.over(atRest) {
			return ""
		}
		time.Sleep(stride)
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

// leaked describes the goroutines of the bubble beside its own; their number alone could be that of others.
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
