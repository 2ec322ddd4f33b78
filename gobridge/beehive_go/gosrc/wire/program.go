// Package wire reads programs and writes histories as MessagePack maps, in the form that the Python
// definitions of both have.
package wire

import (
	"fmt"
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// Kind is the tag of a step or of an operation.
type Kind string

// The operations of a bus, the nap, and the steps that are no single operation.
const (
	AddModule       Kind = "add_module"
	AddModuleGroup  Kind = "add_module_group"
	CleanUp         Kind = "clean_up"
	Send            Kind = "send"
	SendToGroup     Kind = "send_to_group"
	Receive         Kind = "receive"
	SendSync        Kind = "send_sync"
	SendToGroupSync Kind = "send_to_group_sync"
	SendResp        Kind = "send_resp"
	Nap             Kind = "nap"

	Together     Kind = "together"
	Repeat       Kind = "repeat"
	Advance      Kind = "advance"
	LookAtFields Kind = "fields"
)

// Step is a step of a program or, where Operations is empty, an operation within one.
type Step struct {
	Kind       Kind
	Client     string
	Module     string
	Group      string
	ID         string
	Parent     string
	Timeout    int64 // milliseconds
	Ms         int64
	Times      int64
	Operations []Step // of Together; of Repeat, one
}

type key uint16

const (
	keyOp key = 1 << iota
	keyClient
	keyModule
	keyGroup
	keyID
	keyParent
	keyTimeout
	keyMs
	keyTimes
	keyOperation
	keyOperations
)

var keys = map[string]key{
	"op": keyOp, "client": keyClient, "module": keyModule, "group": keyGroup, "id": keyID,
	"parent": keyParent, "timeout": keyTimeout, "ms": keyMs, "times": keyTimes,
	"operation": keyOperation, "operations": keyOperations,
}

// required says which keys each kind has beside "op" and, for an operation, "client", which may be left out.
var required = map[Kind]key{
	AddModule:       keyModule,
	AddModuleGroup:  keyModule | keyGroup,
	CleanUp:         keyModule,
	Send:            keyModule | keyID,
	SendToGroup:     keyGroup | keyID,
	Receive:         keyModule,
	SendSync:        keyModule | keyID | keyTimeout,
	SendToGroupSync: keyGroup | keyID | keyTimeout,
	SendResp:        keyParent,
	Nap:             keyMs,
	Together:        keyOperations,
	Repeat:          keyOperation | keyTimes,
	Advance:         keyMs,
	LookAtFields:    0,
}

// IsOperation says whether the kind is one operation rather than a step around some.
func (kind Kind) IsOperation() bool {
	switch kind {
	case Together, Repeat, Advance, LookAtFields:
		return false
	}
	return true
}

const longest = math.MaxInt64 / int64(time.Millisecond)

// ReadProgram reads one program and returns its steps and the bytes behind it.
func ReadProgram(b []byte) ([]Step, []byte, error) {
	size, b, err := msgp.ReadMapHeaderBytes(b)
	if err != nil {
		return nil, b, err
	}
	if size != 1 {
		return nil, b, fmt.Errorf("a program with %d keys instead of one", size)
	}
	name, b, err := msgp.ReadStringZC(b)
	if err != nil {
		return nil, b, err
	}
	if string(name) != "steps" {
		return nil, b, fmt.Errorf("unknown key %q in a program", name)
	}
	return readSteps(b, true)
}

func readSteps(b []byte, outer bool) ([]Step, []byte, error) {
	size, b, err := msgp.ReadArrayHeaderBytes(b)
	if err != nil {
		return nil, b, err
	}
	if int(size) > len(b) {
		return nil, b, msgp.ErrShortBytes
	}
	steps := make([]Step, size)
	for i := range steps {
		if b, err = readStep(b, &steps[i], outer); err != nil {
			return nil, b, fmt.Errorf("step %d: %w", i, err)
		}
	}
	return steps, b, nil
}

func readStep(b []byte, step *Step, outer bool) ([]byte, error) {
	size, b, err := msgp.ReadMapHeaderBytes(b)
	if err != nil {
		return b, err
	}
	var seen key
	for ; size > 0; size-- {
		var name []byte
		if name, b, err = msgp.ReadStringZC(b); err != nil {
			return b, err
		}
		which := keys[string(name)]
		if which == 0 || seen&which != 0 {
			return b, fmt.Errorf("unknown or doubled key %q", name)
		}
		seen |= which
		switch which {
		case keyOp:
			var text []byte
			text, b, err = msgp.ReadStringZC(b)
			step.Kind = kindOf(text)
		case keyClient:
			step.Client, b, err = msgp.ReadStringBytes(b)
		case keyModule:
			step.Module, b, err = msgp.ReadStringBytes(b)
		case keyGroup:
			step.Group, b, err = msgp.ReadStringBytes(b)
		case keyID:
			step.ID, b, err = msgp.ReadStringBytes(b)
		case keyParent:
			step.Parent, b, err = msgp.ReadStringBytes(b)
		case keyTimeout:
			step.Timeout, b, err = readMs(b)
		case keyMs:
			step.Ms, b, err = readMs(b)
		case keyTimes:
			step.Times, b, err = msgp.ReadInt64Bytes(b)
		case keyOperation:
			step.Operations = make([]Step, 1)
			b, err = readStep(b, &step.Operations[0], false)
		case keyOperations:
			step.Operations, b, err = readSteps(b, false)
		}
		if err != nil {
			return b, err
		}
	}
	want, known := required[step.Kind]
	if !known {
		return b, fmt.Errorf("unknown op %q", step.Kind)
	}
	optional := key(0)
	if step.Kind.IsOperation() {
		optional = keyClient
	} else if !outer {
		return b, fmt.Errorf("op %q within a step", step.Kind)
	}
	if seen&^optional != want|keyOp {
		return b, fmt.Errorf("op %q with missing keys, or with keys of another op", step.Kind)
	}
	return b, nil
}

var kinds = func() map[string]Kind {
	all := make(map[string]Kind, len(required))
	for kind := range required {
		all[string(kind)] = kind
	}
	return all
}()

func kindOf(text []byte) Kind {
	if kind, known := kinds[string(text)]; known {
		return kind
	}
	return Kind(text)
}

func readMs(b []byte) (int64, []byte, error) {
	ms, b, err := msgp.ReadInt64Bytes(b)
	if err == nil && (ms > longest || ms < -longest) {
		err = fmt.Errorf("%d milliseconds are more than Go can count", ms)
	}
	return ms, b, err
}

// AppendProgram writes a program as ReadProgram reads it, which lets a test compare both ends.
func AppendProgram(b []byte, steps []Step) []byte {
	b = msgp.AppendMapHeader(b, 1)
	b = msgp.AppendString(b, "steps")
	return appendSteps(b, steps)
}

func appendSteps(b []byte, steps []Step) []byte {
	b = msgp.AppendArrayHeader(b, uint32(len(steps)))
	for i := range steps {
		b = appendStep(b, &steps[i])
	}
	return b
}

func appendStep(b []byte, step *Step) []byte {
	want := required[step.Kind] | keyOp
	if step.Client != "" {
		want |= keyClient
	}
	at := len(b)
	b = append(b, 0x80)
	for name, which := range keys {
		if want&which == 0 {
			continue
		}
		b[at]++
		b = msgp.AppendString(b, name)
		switch which {
		case keyOp:
			b = msgp.AppendString(b, string(step.Kind))
		case keyClient:
			b = msgp.AppendString(b, step.Client)
		case keyModule:
			b = msgp.AppendString(b, step.Module)
		case keyGroup:
			b = msgp.AppendString(b, step.Group)
		case keyID:
			b = msgp.AppendString(b, step.ID)
		case keyParent:
			b = msgp.AppendString(b, step.Parent)
		case keyTimeout:
			b = msgp.AppendInt64(b, step.Timeout)
		case keyMs:
			b = msgp.AppendInt64(b, step.Ms)
		case keyTimes:
			b = msgp.AppendInt64(b, step.Times)
		case keyOperation:
			b = appendStep(b, &step.Operations[0])
		case keyOperations:
			b = appendSteps(b, step.Operations)
		}
	}
	return b
}
