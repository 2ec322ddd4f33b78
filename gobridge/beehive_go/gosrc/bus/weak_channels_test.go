package bus

import (
	"runtime"
	"testing"
)

func alive(w *weakChannels) map[messageChannel]bool {
	found := map[messageChannel]bool{}
	for ch := range w.alive() {
		found[ch] = true
	}
	return found
}

func TestAChannelStaysInTheSetWhileItIsReferenced(t *testing.T) {
	w := newWeakChannels()
	held, waitedAt := make(messageChannel, 1), make(messageChannel)
	w.add(nil)
	w.add(held)
	w.add(waitedAt)
	done := make(chan struct{})
	go func(ch messageChannel) {
		<-ch
		close(done)
	}(waitedAt)
	waitedAt = nil
	for range 10 * minLimit {
		w.add(make(messageChannel, 1024))
	}
	// The second collection frees what the first found to be unreachable.
	runtime.GC()
	runtime.GC()
	w.removeDead()
	found := alive(w)
	if len(found) != 2 || !found[held] {
		t.Errorf("%d channels in the set; the referenced one: %v", len(found), found[held])
	}
	for ch := range found {
		close(ch)
	}
	<-done
	runtime.KeepAlive(held)
}

func TestAChannelAtTheAddressOfADeadOneIsAdded(t *testing.T) {
	w := newWeakChannels()
	last := make(messageChannel, 1024)
	for range 10_000 {
		last = make(messageChannel, 1024)
		w.add(last)
		if !alive(w)[last] {
			t.Fatal("a channel was not added")
		}
	}
	if len(w.byAddress) >= 10_000 {
		t.Errorf("%d entries for one channel", len(w.byAddress))
	}
}
