// Package bus adapts the module to the cases.
package bus

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"beehivebridge/cases"
	"beehivebridge/faults"
	"beehivebridge/layout"
	"beehivebridge/wire"
)

type messageChannel = chan layout.Message

// maps are the places of the three documented maps in a context.
type maps struct {
	channels, anonChannels *map[string]messageChannel
	typeChannels           *map[string]map[string]messageChannel
}

// mapsOf returns the places of the maps in a context that layout.HasFields.
func mapsOf(context layout.Context) *maps {
	value := reflect.ValueOf(context).Elem()
	// The fields are not public, so their values can be reached only by their addresses.
	return &maps{
		channels:     (*map[string]messageChannel)(value.FieldByName("channels").Addr().UnsafePointer()),
		typeChannels: (*map[string]map[string]messageChannel)(value.FieldByName("typeChannels").Addr().UnsafePointer()),
		anonChannels: (*map[string]messageChannel)(value.FieldByName("anonChannels").Addr().UnsafePointer()),
	}
}

type contextBus struct {
	context    layout.Context
	maps       *maps // nil if they are not as documented
	remembered *weakChannels

	lock  sync.Mutex          // guards the fields below
	ids   map[string]struct{} // ids of the messages that were made; nil if there are none
	first int64               // timestamp of the first message that was made
}

// New returns a bus with a new context. If layout.OnePerProcess, it is new only once.
func New() cases.Bus {
	b := &contextBus{context: layout.NewContext(), remembered: newWeakChannels()}
	if layout.HasFields {
		b.maps = mapsOf(b.context)
		if !layout.OnePerProcess {
			*b.maps.channels = map[string]messageChannel{}
			*b.maps.typeChannels = map[string]map[string]messageChannel{}
			*b.maps.anonChannels = map[string]messageChannel{}
		}
	}
	resetLogged()
	return b
}

func (b *contextBus) Do(operation *wire.Step, number int64) wire.Outcome {
	faults.Trigger(operation.Module)
	switch operation.Kind {
	case wire.AddModule:
		return returned(layout.AddModule(b.context, operation.Module))
	case wire.AddModuleGroup:
		return returned(layout.AddModuleGroup(b.context, operation.Module, operation.Group))
	case wire.CleanUp:
		return returned(layout.Cleanup(b.context, operation.Module))
	case wire.Send:
		return returned(layout.Send(b.context, operation.Module, message(operation.ID, "", number)))
	case wire.SendToGroup:
		return returned(layout.SendToGroup(b.context, operation.Group, message(operation.ID, "", number)))
	case wire.Receive:
		return received(b.context.Receive(operation.Module))
	case wire.SendSync:
		return received(b.context.SendSync(
			operation.Module, message(operation.ID, "", number), milliseconds(operation.Timeout)))
	case wire.SendToGroupSync:
		return returned(b.context.SendToGroupSync(
			operation.Group, message(operation.ID, "", number), milliseconds(operation.Timeout)))
	case wire.SendResp:
		response := message(fmt.Sprintf("response made by operation %d", number), operation.Parent, number)
		return returned(layout.SendResp(b.context, response))
	case wire.MakeMessage:
		return b.madeMessage(operation)
	case wire.MakeResponse:
		return b.madeResponse(operation)
	default:
		panic(fmt.Sprintf("%q is not an operation of a bus", operation.Kind))
	}
}

// returned is the outcome of an operation that has no result but perhaps an error.
func returned(err error) wire.Outcome {
	if err != nil {
		return wire.Outcome{Kind: wire.Failed, Text: err.Error()}
	}
	return wire.Outcome{}
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

func (b *contextBus) Fields() *wire.Fields {
	if b.maps == nil {
		return nil
	}
	typeChannels := *b.maps.typeChannels
	groups := make([]wire.Group, 0, len(typeChannels))
	for _, name := range sorted(typeChannels) {
		groups = append(groups, wire.Group{Name: name, Members: sorted(typeChannels[name])})
	}
	return &wire.Fields{
		Channels: sorted(*b.maps.channels), TypeChannels: groups, AnonChannels: sorted(*b.maps.anonChannels),
	}
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
	if b.maps == nil {
		return
	}
	for _, ch := range *b.maps.channels {
		b.remembered.add(ch)
	}
	for _, group := range *b.maps.typeChannels {
		for _, ch := range group {
			b.remembered.add(ch)
		}
	}
	for _, ch := range *b.maps.anonChannels {
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
