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

// The operations of a bus, the sleep, and the steps that are no single operation.
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
	Sleep           Kind = "sleep"
	MakeMessage     Kind = "make_message"
	MakeResponse    Kind = "make_response"

	Together      Kind = "together"
	Repeat        Kind = "repeat"
	Advance       Kind = "advance"
	InspectFields Kind = "inspect_fields"
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
	Source     string
	Verb       string // what programs call the operation of a message
	Resource   string
	Content    string
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
	keySource
	keyResource
	keyContent
)

var keys = map[string]key{
	"op": keyOp, "client": keyClient, "module": keyModule, "group": keyGroup, "id": keyID,
	"parent": keyParent, "timeout": keyTimeout, "ms": keyMs, "times": keyTimes,
	"operation": keyOperation, "operations": keyOperations,
	"source": keySource, "resource": keyResource, "content": keyContent,
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
	Sleep:           keyMs,
	MakeMessage:     0,
	MakeResponse:    keyID,
	Together:        keyOperations,
	Repeat:          keyOperation | keyTimes,
	Advance:         keyMs,
	InspectFields:   0,
}

// optional says which keys a kind may have beside those, each a text that is empty if it is left out.
var optional = map[Kind]key{
	MakeMessage:  keyParent | keySource | keyGroup | keyOperation | keyResource | keyContent,
	MakeResponse: keyContent,
}

// IsOperation says whether the kind is one operation rather than a step around some.
func (kind Kind) IsOperation() bool {
	switch kind {
	case Together, Repeat, Advance, InspectFields:
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
		case keySource:
			step.Source, b, err = msgp.ReadStringBytes(b)
		case keyResource:
			step.Resource, b, err = msgp.ReadStringBytes(b)
		case keyContent:
			step.Content, b, err = msgp.ReadStringBytes(b)
		case keyOperation:
			// That of a message is a text; the one that is repeated is a step.
			if msgp.NextType(b) == msgp.StrType {
				step.Verb, b, err = msgp.ReadStringBytes(b)
				break
			}
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
	may := optional[step.Kind]
	if step.Kind.IsOperation() {
		may |= keyClient
	} else if !outer {
		return b, fmt.Errorf("op %q within a step", step.Kind)
	}
	// The key is the same, but a repeat has a step there and a message a text.
	isOther := seen&keyOperation != 0 && (step.Kind == Repeat) != (step.Operations != nil)
	if seen&^may != want|keyOp || isOther {
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
	want := required[step.Kind] | keyOp | given(step)
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
		case keySource:
			b = msgp.AppendString(b, step.Source)
		case keyResource:
			b = msgp.AppendString(b, step.Resource)
		case keyContent:
			b = msgp.AppendString(b, step.Content)
		case keyOperation:
			if step.Kind == MakeMessage {
				b = msgp.AppendString(b, step.Verb)
			} else {
				b = appendStep(b, &step.Operations[0])
			}
		case keyOperations:
			b = appendSteps(b, step.Operations)
		}
	}
	return b
}

// given says which of the keys that may be left out a step has.
func given(step *Step) key {
	var has key
	for which, text := range map[key]string{
		keyParent: step.Parent, keySource: step.Source, keyGroup: step.Group, keyOperation: step.Verb,
		keyResource: step.Resource, keyContent: step.Content,
	} {
		if text != "" {
			has |= which
		}
	}
	has &= optional[step.Kind]
	if step.Client != "" {
		has |= keyClient
	}
	return has
}
