// Package wire reads programs and writes histories and the hello, as MessagePack maps in the form that the suite's
// protocol defines.
package wire

import (
	"fmt"
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// Kind is the kind of a step or of an operation.
type Kind string

// The operations, and the steps that are not a single operation.
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
	Operations []Step // of Together; one for Repeat
	Source     string
	Verb       string // the operation in the route of a message
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

// required holds the keys that each kind must have besides "op". Operations may also have "client".
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

// optional holds the keys that a kind may have besides those. Each is a text, and empty if it is omitted.
var optional = map[Kind]key{
	MakeMessage:  keyParent | keySource | keyGroup | keyOperation | keyResource | keyContent,
	MakeResponse: keyContent,
}

// IsOperation tells whether the kind is an operation and not a step that contains some.
func (kind Kind) IsOperation() bool {
	switch kind {
	case Together, Repeat, Advance, InspectFields:
		return false
	}
	return true
}

const longest = math.MaxInt64 / int64(time.Millisecond)

// ReadProgram reads a program and returns its steps and the remaining bytes.
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
			return b, fmt.Errorf("unknown or repeated key %q", name)
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
			// In the route of a message it is a text; in Repeat it is an operation.
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
	// Both kinds have the key, but Repeat has an operation there and MakeMessage a text.
	wrongType := seen&keyOperation != 0 && (step.Kind == Repeat) != (step.Operations != nil)
	if seen&^may != want|keyOp || wrongType {
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
		err = fmt.Errorf("%d milliseconds exceed the range of a time.Duration", ms)
	}
	return ms, b, err
}

// AppendProgram writes a program as ReadProgram reads it, so that a test can compare both ends.
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

// given returns the optional keys that a step has.
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
