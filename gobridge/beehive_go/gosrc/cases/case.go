// Package cases runs programs, each on a fresh bus and in virtual time.
package cases

import (
	"runtime"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"beehivebridge/wire"
)

// Bus is a fresh context of the implementation under test.
type Bus interface {
	// Do performs an operation and returns when it does.
	Do(operation *wire.Step, number int64) wire.Outcome
	// Fields returns the keys of the three maps, or nil if they cannot be read. It is called only while everything is
	// blocked.
	Fields() *wire.Fields
	// Logged returns the highest level that was logged since the last call.
	Logged() wire.Level
	// Remember records every channel in the maps. It is called only while everything is blocked.
	Remember()
	// Drain empties every channel that was ever recorded and tells whether there were messages in them.
	Drain() bool
	// Close closes every channel that was ever recorded.
	Close()
}

type started struct {
	operation *wire.Step
	number    int64
}

type client struct {
	busy    bool
	waiting []started
}

type run struct {
	bus     Bus
	alive   func()
	clients map[string]*client
	began   time.Time // when the step began

	lock     sync.Mutex // guards the fields below, which the goroutines of the operations share
	returned []wire.Return
	pending  int
	closing  bool
}

// Run runs a program in the bubble of its caller and reports what was seen in each step.
//
// It calls alive now and then during a step that takes long. If something still waits after the last step, it calls
// ending and releases what waits; nothing that happens then is reported. It returns a description of the goroutines
// that could not be ended, or an empty text.
func Run(bus Bus, steps []wire.Step, report func([]wire.Seen), alive, ending func()) (leak string) {
	atRest := runtime.NumGoroutine()
	r := &run{bus: bus, alive: alive, clients: map[string]*client{}}
	number := int64(1)
	for i := range steps {
		step := &steps[i]
		r.began = time.Now()
		switch step.Kind {
		case wire.Advance:
			time.Sleep(milliseconds(step.Ms))
			report([]wire.Seen{r.settle()})
		case wire.InspectFields:
			seen := r.settle()
			seen.Fields = bus.Fields()
			report([]wire.Seen{seen})
		case wire.Repeat:
			report(r.repeat(&step.Operations[0], number, step.Times))
			number++
		case wire.Together:
			for j := range step.Operations {
				r.start(&step.Operations[j], number)
				number++
			}
			report([]wire.Seen{r.settle()})
		default:
			r.start(step, number)
			number++
			report([]wire.Seen{r.settle()})
		}
	}
	if r.over(atRest) {
		return ""
	}
	ending()
	return r.release(atRest)
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// roundsBetweenSigns is small enough to take only a moment, and large enough for a sign to cost nothing.
const roundsBetweenSigns = 256

func (r *run) repeat(operation *wire.Step, number, times int64) []wire.Seen {
	var rounds []wire.Seen
	for round := range times {
		if round%roundsBetweenSigns == 0 {
			r.alive()
		}
		r.start(operation, number)
		seen := r.settle()
		if last := len(rounds) - 1; last >= 0 && rounds[last].Equal(&seen) {
			rounds[last].Times++
		} else {
			rounds = append(rounds, seen)
		}
		if !slices.ContainsFunc(seen.Returned, func(each wire.Return) bool { return each.Operation == number }) {
			break
		}
	}
	return rounds
}

// start begins an operation, or queues it if its client is busy.
func (r *run) start(operation *wire.Step, number int64) {
	c := &client{}
	if operation.Client != "" {
		if known := r.clients[operation.Client]; known != nil {
			c = known
		} else {
			r.clients[operation.Client] = c
		}
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.pending++
	if c.busy {
		c.waiting = append(c.waiting, started{operation, number})
		return
	}
	c.busy = true
	go r.do(c, started{operation, number})
}

func (r *run) do(c *client, now started) {
	defer func() {
		r.lock.Lock()
		defer r.lock.Unlock()
		r.pending--
		if r.closing {
			// The operation panicked because release closed a channel; that is not the fault of the implementation.
			_ = recover()
			r.pending -= len(c.waiting)
			c.waiting = nil
		}
	}()
	outcome := wire.Outcome{}
	if now.operation.Kind == wire.Sleep {
		time.Sleep(milliseconds(now.operation.Ms))
	} else {
		outcome = r.bus.Do(now.operation, now.number)
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.returned = append(r.returned, wire.Return{
		Operation: now.number, Outcome: outcome, Ms: time.Since(r.began).Milliseconds(),
	})
	if len(c.waiting) == 0 {
		c.busy = false
	} else if !r.closing {
		next := c.waiting[0]
		c.waiting = c.waiting[1:]
		go r.do(c, next)
	}
}

// settle waits until every operation has returned or is blocked, and returns what was seen since the last call.
func (r *run) settle() wire.Seen {
	synctest.Wait()
	r.bus.Remember()
	returned := r.returned
	r.returned = nil
	slices.SortFunc(returned, func(a, b wire.Return) int { return int(a.Operation - b.Operation) })
	return wire.Seen{Returned: returned, Logged: r.bus.Logged(), Times: 1}
}
