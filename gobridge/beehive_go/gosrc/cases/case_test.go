package cases

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"beehivebridge/wire"
)

// smallBus has one channel for two messages and one lock, enough to block in every way.
type smallBus struct {
	messages chan int64
	lock     sync.Mutex
	level    wire.Level
	drains   bool
	closed   int
}

func (b *smallBus) Do(operation *wire.Step, number int64) wire.Outcome {
	switch operation.Kind {
	case wire.Send:
		b.messages <- number
	case wire.Receive:
		sentBy := <-b.messages
		return wire.Outcome{Kind: wire.GotMessage, SentBy: sentBy}
	case wire.AddModule: // holds the lock until there is a message
		b.lock.Lock()
		<-b.messages
		b.lock.Unlock()
	case wire.CleanUp: // leaves behind a goroutine that cannot be ended
		go func() { select {} }()
	case wire.SendResp:
		b.level = wire.Warning
	}
	return wire.Outcome{}
}

func (b *smallBus) Fields() *wire.Fields { return &wire.Fields{Channels: []string{"messages"}} }

func (b *smallBus) Logged() (level wire.Level) {
	level, b.level = b.level, wire.Nothing
	return level
}

func (b *smallBus) Remember() {}

func (b *smallBus) Drain() bool {
	moved := false
	for b.drains {
		select {
		case _, open := <-b.messages:
			if !open {
				return moved
			}
			moved = true
		default:
			return moved
		}
	}
	return false
}

func (b *smallBus) Close() {
	if b.closed++; b.closed == 1 {
		close(b.messages)
	}
}

func history(t *testing.T, steps ...wire.Step) (seen []string, leak string) {
	seen, leak, _ = historyOn(t, &smallBus{drains: true}, steps...)
	return seen, leak
}

func historyOn(t *testing.T, bus *smallBus, steps ...wire.Step) (seen []string, leak string, closed int) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		// A bubble settles only at channels that were made in it.
		bus.messages = make(chan int64, 2)
		leak = Run(bus, steps, func(step []wire.Seen) {
			var rounds []string
			for _, each := range step {
				var parts []string
				for _, one := range each.Returned {
					parts = append(parts, fmt.Sprintf("%d+%d", one.Operation, one.Ms))
				}
				if each.Logged != wire.Nothing {
					parts = append(parts, "logged")
				}
				if each.Fields != nil {
					parts = append(parts, "fields")
				}
				if each.Times != 1 {
					parts = append(parts, fmt.Sprintf("x%d", each.Times))
				}
				rounds = append(rounds, strings.Join(parts, " "))
			}
			seen = append(seen, strings.Join(rounds, ", "))
		}, func() {}, func() {})
	})
	return seen, leak, bus.closed
}

func sleep(ms int64, client string) wire.Step {
	return wire.Step{Kind: wire.Sleep, Ms: ms, Client: client}
}

func advance(ms int64) wire.Step { return wire.Step{Kind: wire.Advance, Ms: ms} }

func together(operations ...wire.Step) wire.Step {
	return wire.Step{Kind: wire.Together, Operations: operations}
}

func repeat(operation wire.Step, times int64) wire.Step {
	return wire.Step{Kind: wire.Repeat, Operations: []wire.Step{operation}, Times: times}
}

var (
	send    = wire.Step{Kind: wire.Send, Module: "m", ID: "1"}
	receive = wire.Step{Kind: wire.Receive, Module: "m"}
	hold    = wire.Step{Kind: wire.AddModule, Module: "m"}
)

func TestWhatIsReportedOfPrograms(t *testing.T) {
	WaitingForLocksIsIdle()
	for name, each := range map[string]struct {
		steps []wire.Step
		want  []string
	}{
		"time is counted from the step":             {[]wire.Step{sleep(5, ""), advance(3), advance(3)}, []string{"", "", "1+2"}},
		"what is due at the last instant is seen":   {[]wire.Step{sleep(5, ""), sleep(5, ""), advance(5)}, []string{"", "", "1+5 2+5"}},
		"a sleep of no time returns":                {[]wire.Step{sleep(0, "")}, []string{"1+0"}},
		"a client does one thing at a time":         {[]wire.Step{sleep(5, "c"), sleep(3, "c"), advance(10)}, []string{"", "", "1+5 2+8"}},
		"clients do not wait for each other":        {[]wire.Step{sleep(5, "c"), sleep(3, "d"), advance(10)}, []string{"", "", "1+5 2+3"}},
		"operations without a client have one each": {[]wire.Step{sleep(5, ""), sleep(3, ""), advance(10)}, []string{"", "", "1+5 2+3"}},
		"a repeated operation has one number":       {[]wire.Step{repeat(send, 2), sleep(0, "")}, []string{"1+0 x2", "2+0"}},
		"a repetition ends when blocked":            {[]wire.Step{repeat(send, 9), sleep(0, "")}, []string{"1+0 x2, ", "2+0"}},
		"a repetition of a busy client ends":        {[]wire.Step{sleep(5, "c"), repeat(sleep(0, "c"), 9), advance(5)}, []string{"", "", "1+5 2+5"}},
		"an earlier round returns in a later":       {[]wire.Step{receive, repeat(send, 2)}, []string{"", "1+0 2+0, 2+0"}},
		"together starts before settling":           {[]wire.Step{together(receive, send, sleep(1, "")), advance(1)}, []string{"1+0 2+0", "3+1"}},
		"the order of returns is not seen":          {[]wire.Step{together(sleep(2, ""), sleep(1, "")), advance(2)}, []string{"", "1+2 2+1"}},
		"an empty together shows nothing":           {[]wire.Step{together()}, []string{""}},
		"fields are inspected":                      {[]wire.Step{{Kind: wire.InspectFields}}, []string{"fields"}},
		"levels belong to one step":                 {[]wire.Step{{Kind: wire.SendResp}, sleep(0, "")}, []string{"1+0 logged", "2+0"}},
		"waiting for a lock is being blocked":       {[]wire.Step{hold, hold, advance(9), send, send}, []string{"", "", "", "1+0 3+0", "2+0 4+0"}},
		"time passes while a lock is waited for":    {[]wire.Step{hold, hold, sleep(7, ""), advance(9)}, []string{"", "", "", "3+7"}},
	} {
		if got, leak := history(t, each.steps...); !reflect.DeepEqual(got, each.want) || leak != "" {
			t.Errorf("%s: %q, want %q; leak %q", name, got, each.want, leak)
		}
	}
}

func TestWhatStillWaitsIsReleasedAfterTheLastStep(t *testing.T) {
	_, leak, closed := historyOn(t, &smallBus{drains: true}, receive, receive, sleep(1000, "c"), sleep(1000, "c"))
	if leak != "" || closed != 1 {
		t.Errorf("leak %q, closed %d times", leak, closed)
	}
	_, leak, closed = historyOn(t, &smallBus{drains: true}, repeat(send, 9), send, send)
	if leak != "" || closed != 0 {
		t.Errorf("leak %q, closed %d times", leak, closed)
	}
}

func TestAPanicCausedByClosingIsNotReported(t *testing.T) {
	got, leak, _ := historyOn(t, &smallBus{}, repeat(send, 3))
	if leak != "" || !reflect.DeepEqual(got, []string{"1+0 x2, "}) {
		t.Errorf("%q, leak %q", got, leak)
	}
}

func TestALongRepetitionGivesSignsOfLife(t *testing.T) {
	signs := 0
	synctest.Test(t, func(*testing.T) {
		steps := []wire.Step{repeat(sleep(0, ""), 10*roundsBetweenSigns)}
		// The bus may be closed at the end, because a goroutine of the runtime itself may have been added.
		Run(&smallBus{messages: make(chan int64)}, steps, func([]wire.Seen) {}, func() { signs++ }, func() {})
	})
	if signs != 10 {
		t.Errorf("%d signs", signs)
	}
}

func TestTheRuntimesTableOfIdleReasonsIsFound(t *testing.T) {
	if !WaitingForLocksIsIdle() {
		t.Error("this version of Go has no table of idle reasons, or a different one")
	}
}
