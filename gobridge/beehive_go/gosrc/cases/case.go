// Package cases runs one program on one fresh bus in virtual time.
package cases

import (
	"runtime"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"beehivebridge/wire"
)

// Bus is one fresh context of the implementation that is judged.
type Bus interface {
	// Do carries out one operation and returns when the operation does.
	Do(operation *wire.Step, number int64) wire.Outcome
	// Fields returns the keys of the three maps; called only while everything is blocked.
	Fields() *wire.Fields
	// Logged returns the highest level since the last call.
	Logged() wire.Level
	// Remember notes every channel that the maps hold now; called only while everything is blocked.
	Remember()
	// Drain empties every channel ever remembered and says whether there was anything to take.
	Drain() bool
	// Close closes every channel ever remembered.
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
	began   time.Time // of the step

	lock     sync.Mutex // guards what the goroutines of the operations share, all of it below
	returned []wire.Return
	pending  int
	closing  bool
}

// Run carries out a program inside the bubble of its caller, handing over what was seen of each step.
//
// During a step that takes long because there is much to do, it says so now and then.
// If something still waits after the last step, it says so and ends it: what happens then is no observation.
// It returns a description of the goroutines that could not be ended, or an empty text.
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
	return r.end(atRest)
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// Few enough to take a moment only, and so many that a sign costs nothing.
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

// start begins an operation, or puts it behind those that its client still has to do.
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
			// Closing the channels under an operation is our doing, so what it says about that is no observation.
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

// settle waits until every operation has returned or is blocked, and takes what returned.
func (r *run) settle() wire.Seen {
	synctest.Wait()
	r.bus.Remember()
	returned := r.returned
	r.returned = nil
	slices.SortFunc(returned, func(a, b wire.Return) int { return int(a.Operation - b.Operation) })
	return wire.Seen{Returned: returned, Logged: r.bus.Logged(), Times: 1}
}
