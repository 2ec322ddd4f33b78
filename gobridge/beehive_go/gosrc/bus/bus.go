// Package bus adapts one version of beehive to the cases.
package bus

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"
	"unsafe"

	"beehivebridge/cases"
	"beehivebridge/faults"
	"beehivebridge/wire"

	"github.com/kubeedge/beehive/pkg/core/model"
)

type messageChannel = chan model.Message

// layout holds the offsets of the three documented maps in a context. The maps are set through them, because there is
// no public constructor for a second context.
type layout struct{ channels, typeChannels, anonChannels uintptr }

var contextLayout, layoutErr = layoutOf(reflect.TypeFor[beehive]())

func layoutOf(context reflect.Type) (layout, error) {
	var found layout
	for _, each := range []struct {
		name   string
		kind   reflect.Type
		offset *uintptr
	}{
		{"channels", reflect.TypeFor[map[string]messageChannel](), &found.channels},
		{"typeChannels", reflect.TypeFor[map[string]map[string]messageChannel](), &found.typeChannels},
		{"anonChannels", reflect.TypeFor[map[string]messageChannel](), &found.anonChannels},
	} {
		field, has := context.FieldByName(each.name)
		if !has || field.Type != each.kind {
			return found, fmt.Errorf("the context has no field %s of type %v", each.name, each.kind)
		}
		*each.offset = field.Offset
	}
	for i := range context.NumField() {
		switch field := context.Field(i); field.Name {
		case "channels", "typeChannels", "anonChannels":
		default:
			// With a zero value of any other field, the context might be one that its constructor never makes.
			if field.Type.PkgPath() != "sync" {
				return found, fmt.Errorf("the context has the unexpected field %s", field.Name)
			}
		}
	}
	return found, nil
}

// CheckLayout returns an error if contexts of this version cannot be made, or their maps cannot be read.
func CheckLayout() error {
	if layoutErr != nil {
		return fmt.Errorf("this version of beehive has an unknown layout of its context: %w", layoutErr)
	}
	return nil
}

type contextBus struct {
	context      *beehive
	channels     map[string]messageChannel
	typeChannels map[string]map[string]messageChannel
	anonChannels map[string]messageChannel
	remembered   *weakChannels

	lock  sync.Mutex          // guards the fields below
	ids   map[string]struct{} // ids of the messages that were made; nil if there are none
	first int64               // timestamp of the first message that was made
}

// New returns a bus with a fresh context.
func New() cases.Bus {
	context := &beehive{}
	b := &contextBus{
		context:      context,
		channels:     map[string]messageChannel{},
		typeChannels: map[string]map[string]messageChannel{},
		anonChannels: map[string]messageChannel{},
		remembered:   newWeakChannels(),
	}
	*(*map[string]messageChannel)(unsafe.Add(unsafe.Pointer(context), contextLayout.channels)) = b.channels
	*(*map[string]map[string]messageChannel)(unsafe.Add(unsafe.Pointer(context), contextLayout.typeChannels)) = b.typeChannels
	*(*map[string]messageChannel)(unsafe.Add(unsafe.Pointer(context), contextLayout.anonChannels)) = b.anonChannels
	resetLogged()
	return b
}

func (b *contextBus) Do(operation *wire.Step, number int64) wire.Outcome {
	faults.Trigger(operation.Module)
	switch operation.Kind {
	case wire.AddModule:
		addModule(b.context, operation.Module)
	case wire.AddModuleGroup:
		b.context.AddModuleGroup(operation.Module, operation.Group)
	case wire.CleanUp:
		b.context.Cleanup(operation.Module)
	case wire.Send:
		b.context.Send(operation.Module, message(operation.ID, "", number))
	case wire.SendToGroup:
		b.context.SendToGroup(operation.Group, message(operation.ID, "", number))
	case wire.Receive:
		return received(b.context.Receive(operation.Module))
	case wire.SendSync:
		return received(b.context.SendSync(
			operation.Module, message(operation.ID, "", number), milliseconds(operation.Timeout)))
	case wire.SendToGroupSync:
		err := b.context.SendToGroupSync(
			operation.Group, message(operation.ID, "", number), milliseconds(operation.Timeout))
		if err != nil {
			return wire.Outcome{Kind: wire.Failed, Text: err.Error()}
		}
	case wire.SendResp:
		b.context.SendResp(message(fmt.Sprintf("response made by operation %d", number), operation.Parent, number))
	case wire.MakeMessage:
		return b.madeMessage(operation)
	case wire.MakeResponse:
		return b.madeResponse(operation)
	default:
		panic(fmt.Sprintf("%q is not an operation of a bus", operation.Kind))
	}
	return wire.Outcome{}
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

func (b *contextBus) Fields() *wire.Fields {
	groups := make([]wire.Group, 0, len(b.typeChannels))
	for _, name := range sorted(b.typeChannels) {
		groups = append(groups, wire.Group{Name: name, Members: sorted(b.typeChannels[name])})
	}
	return &wire.Fields{Channels: sorted(b.channels), TypeChannels: groups, AnonChannels: sorted(b.anonChannels)}
}

func sorted[V any](names map[string]V) []string {
	all := make([]string, 0, len(names))
	for name := range names {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func (b *contextBus) Logged() wire.Level { return takeLogged() }

func (b *contextBus) Remember() {
	for _, ch := range b.channels {
		b.remembered.add(ch)
	}
	for _, group := range b.typeChannels {
		for _, ch := range group {
			b.remembered.add(ch)
		}
	}
	for _, ch := range b.anonChannels {
		b.remembered.add(ch)
	}
}

func (b *contextBus) Drain() bool {
	moved := false
	for ch := range b.remembered.alive() {
		for open := true; open; {
			select {
			case _, open = <-ch:
				moved = moved || open
			default:
				open = false
			}
		}
	}
	return moved
}

func (b *contextBus) Close() {
	for ch := range b.remembered.alive() {
		closeOnce(ch)
	}
	b.remembered = newWeakChannels()
}

// closeOnce closes a channel that the bus may already have closed.
func closeOnce(ch messageChannel) {
	defer func() { _ = recover() }()
	close(ch)
}
