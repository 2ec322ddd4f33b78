package bus

import (
	"runtime"
	"testing"
)

func living(m *memory) map[messages]bool {
	found := map[messages]bool{}
	for ch := range m.living() {
		found[ch] = true
	}
	return found
}

func TestAChannelIsRememberedWhileSomebodyHasIt(t *testing.T) {
	m := newMemory()
	held, waitedAt := make(messages, 1), make(messages)
	m.note(nil)
	m.note(held)
	m.note(waitedAt)
	done := make(chan struct{})
	go func(ch messages) {
		<-ch
		close(done)
	}(waitedAt)
	waitedAt = nil
	for range 10 * leastRoom {
		m.note(make(messages, 1024))
	}
	// The second collection frees what the first found to be out of use.
	runtime.GC()
	runtime.GC()
	m.forget()
	found := living(m)
	if len(found) != 2 || !found[held] {
		t.Errorf("%d channels are remembered; the one that is held: %v", len(found), found[held])
	}
	for ch := range found {
		close(ch)
	}
	<-done
	runtime.KeepAlive(held)
}

func TestAChannelInThePlaceOfAnotherIsRemembered(t *testing.T) {
	m := newMemory()
	last := make(messages, 1024)
	for range 10_000 {
		last = make(messages, 1024)
		m.note(last)
		if !living(m)[last] {
			t.Fatal("a channel is not remembered")
		}
	}
	if len(m.known) >= 10_000 {
		t.Errorf("%d channels are known of which one is there", len(m.known))
	}
}
