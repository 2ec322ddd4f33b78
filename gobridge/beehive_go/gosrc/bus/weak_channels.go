package bus

import (
	"iter"
	"unsafe"
	"weak"
)

// A memory knows channels without keeping them alive: whoever waits at one does that. So a program that has its
// channels replaced a million times needs no more than beehive itself.
type memory struct {
	known map[uintptr]weak.Pointer[byte] // by the address, which may become that of another channel
	room  int                            // how many may be known before the dead are looked for
}

const leastRoom = 256

func newMemory() *memory { return &memory{known: map[uintptr]weak.Pointer[byte]{}, room: leastRoom} }

func (m *memory) note(ch messages) {
	if ch == nil {
		return
	}
	// A channel is a pointer to what the runtime keeps of it, as reflect.Value.Pointer has it, too.
	object := *(**byte)(unsafe.Pointer(&ch))
	address := uintptr(unsafe.Pointer(object))
	if known, has := m.known[address]; has && known.Value() != nil {
		return
	}
	if len(m.known) >= m.room {
		m.forget()
	}
	m.known[address] = weak.Make(object)
}

func (m *memory) forget() {
	for address, known := range m.known {
		if known.Value() == nil {
			delete(m.known, address)
		}
	}
	m.room = max(leastRoom, 2*len(m.known))
}

// living yields the channels that are still there.
func (m *memory) living() iter.Seq[messages] {
	return func(yield func(messages) bool) {
		for _, known := range m.known {
			object := known.Value()
			if object != nil && !yield(*(*messages)(unsafe.Pointer(&object))) {
				return
			}
		}
	}
}
