// Package bus is the thin layer between the cases and one version of beehive.
package bus

import (
	"errors"
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

type messages = chan model.Message

// The places of the three documented maps in a context, which has no public constructor for a second one.
type places struct{ channels, typeChannels, anonChannels uintptr }

var fields, fieldsErr = find(reflect.TypeFor[beehive]())

func find(context reflect.Type) (places, error) {
	var found places
	for _, each := range []struct {
		name  string
		kind  reflect.Type
		place *uintptr
	}{
		{"channels", reflect.TypeFor[map[string]messages](), &found.channels},
		{"typeChannels", reflect.TypeFor[map[string]map[string]messages](), &found.typeChannels},
		{"anonChannels", reflect.TypeFor[map[string]messages](), &found.anonChannels},
	} {
		field, has := context.FieldByName(each.name)
		if !has || field.Type != each.kind {
			return found, fmt.Errorf("the context has no field %s of type %v", each.name, each.kind)
		}
		*each.place = field.Offset
	}
	for i := range context.NumField() {
		switch field := context.Field(i); field.Name {
		case "channels", "typeChannels", "anonChannels":
		default:
			// A zero value of anything else could be a context that its own constructor would never make.
			if field.Type.PkgPath() != "sync" {
				return found, fmt.Errorf("the context has the unexpected field %s", field.Name)
			}
		}
	}
	return found, nil
}

// Usable returns an error if contexts of this version cannot be made and looked into.
func Usable() error {
	if fieldsErr != nil {
		return errors.New("this version of beehive keeps its context differently: " + fieldsErr.Error())
	}
	return nil
}

type contextBus struct {
	context      *beehive
	channels     map[string]messages
	typeChannels map[string]map[string]messages
	anonChannels map[string]messages
	remembered   *memory

	lock  sync.Mutex          // guards what follows
	ids   map[string]struct{} // of the messages that were made; nil if there is none
	first int64               // the timestamp of the first of them
}

// New makes a fresh context.
func New() cases.Bus {
	context := &beehive{}
	b := &contextBus{
		context:      context,
		channels:     map[string]messages{},
		typeChannels: map[string]map[string]messages{},
		anonChannels: map[string]messages{},
		remembered:   newMemory(),
	}
	*(*map[string]messages)(unsafe.Add(unsafe.Pointer(context), fields.channels)) = b.channels
	*(*map[string]map[string]messages)(unsafe.Add(unsafe.Pointer(context), fields.typeChannels)) = b.typeChannels
	*(*map[string]messages)(unsafe.Add(unsafe.Pointer(context), fields.anonChannels)) = b.anonChannels
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
			return wire.Outcome{Verdict: wire.Failed, Text: err.Error()}
		}
	case wire.SendResp:
		b.context.SendResp(message(fmt.Sprintf("response made by operation %d", number), operation.Parent, number))
	case wire.MakeMessage:
		return b.madeMessage(operation)
	case wire.MakeResponse:
		return b.madeResponse(operation)
	default:
		panic(fmt.Sprintf("%q is no operation of a bus", operation.Kind))
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
		b.remembered.note(ch)
	}
	for _, group := range b.typeChannels {
		for _, ch := range group {
			b.remembered.note(ch)
		}
	}
	for _, ch := range b.anonChannels {
		b.remembered.note(ch)
	}
}

func (b *contextBus) Drain() bool {
	moved := false
	for ch := range b.remembered.living() {
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
	for ch := range b.remembered.living() {
		closeOnce(ch)
	}
	b.remembered = newMemory()
}

// closeOnce closes a channel that the bus may have closed before.
func closeOnce(ch messages) {
	defer func() { _ = recover() }()
	close(ch)
}
