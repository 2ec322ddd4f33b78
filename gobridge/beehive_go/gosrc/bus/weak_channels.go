package bus

import (
	"iter"
	"unsafe"
	"weak"
)

// weakChannels is a set of channels that does not keep them alive; a goroutine that waits at one does. So a program
// that replaces its channels a million times needs no more memory than beehive itself.
type weakChannels struct {
	byAddress map[uintptr]weak.Pointer[byte] // an address may become that of another channel
	limit     int                            // the number of entries at which dead ones are removed
}

const minLimit = 256

func newWeakChannels() *weakChannels {
	return &weakChannels{byAddress: map[uintptr]weak.Pointer[byte]{}, limit: minLimit}
}

func (w *weakChannels) add(ch messageChannel) {
	if ch == nil {
		return
	}
	// A channel is a pointer to the runtime's own structure; reflect.Value.Pointer relies on that, too.
	object := *(**byte)(unsafe.Pointer(&ch))
	address := uintptr(unsafe.Pointer(object))
	if known, has := w.byAddress[address]; has && known.Value() != nil {
		return
	}
	if len(w.byAddress) >= w.limit {
		w.removeDead()
	}
	w.byAddress[address] = weak.Make(object)
}

func (w *weakChannels) removeDead() {
	for address, known := range w.byAddress {
		if known.Value() == nil {
			delete(w.byAddress, address)
		}
	}
	w.limit = max(minLimit, 2*len(w.byAddress))
}

// alive yields the channels that still exist.
func (w *weakChannels) alive() iter.Seq[messageChannel] {
	return func(yield func(messageChannel) bool) {
		for _, known := range w.byAddress {
			object := known.Value()
			if object != nil && !yield(*(*messageChannel)(unsafe.Pointer(&object))) {
				return
			}
		}
	}
}
