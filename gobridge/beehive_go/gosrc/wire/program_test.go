package wire

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"
)

var everyKind = []Step{
	{Kind: AddModule, Module: "a", Client: "c"},
	{Kind: AddModuleGroup, Module: "a", Group: "g"},
	{Kind: CleanUp, Module: "a"},
	{Kind: Send, Module: "a", ID: "1"},
	{Kind: SendToGroup, Group: "g", ID: "1"},
	{Kind: Receive, Module: "a"},
	{Kind: SendSync, Module: "a", ID: "1", Timeout: 70_000},
	{Kind: SendToGroupSync, Group: "g", ID: "1", Timeout: -1},
	{Kind: SendResp, Parent: "1"},
	{Kind: Sleep, Ms: 5},
	{
		Kind: MakeMessage, Parent: "1", Source: "s", Group: "g", Verb: "update", Resource: "r", Content: "on",
		Client: "c",
	},
	{Kind: MakeResponse, ID: "1", Content: "off"},
	{Kind: Together, Operations: []Step{{Kind: Sleep, Ms: 1, Client: "c"}, {Kind: Receive, Module: "a"}}},
	{Kind: Repeat, Operations: []Step{{Kind: Receive, Module: "a"}}, Times: 3},
	{Kind: Advance, Ms: 1},
	{Kind: InspectFields},
}

func TestEveryKindComesBackAsItWasWritten(t *testing.T) {
	if len(everyKind) != len(required) {
		t.Fatalf("%d kinds are tested of %d", len(everyKind), len(required))
	}
	got, rest, err := ReadProgram(AppendProgram(nil, everyKind))
	if err != nil || len(rest) != 0 {
		t.Fatal(err, rest)
	}
	if !reflect.DeepEqual(got, everyKind) {
		t.Errorf("got %+v", got)
	}
}

func TestOmittedPartsAreEmpty(t *testing.T) {
	bare := []Step{{Kind: MakeMessage}, {Kind: MakeResponse, ID: ""}}
	got, _, err := ReadProgram(AppendProgram(nil, bare))
	if err != nil || !reflect.DeepEqual(got, bare) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestATruncatedProgramIsRefused(t *testing.T) {
	whole := AppendProgram(nil, everyKind)
	for size := range whole {
		if _, _, err := ReadProgram(whole[:size]); err == nil {
			t.Errorf("the first %d bytes of %d are accepted", size, len(whole))
		}
	}
}

func TestAWrongProgramIsRefused(t *testing.T) {
	text := func(pairs ...string) []byte {
		b := msgp.AppendMapHeader(nil, 1)
		b = msgp.AppendString(b, "steps")
		b = msgp.AppendArrayHeader(b, 1)
		b = msgp.AppendMapHeader(b, uint32(len(pairs)/2))
		for _, each := range pairs {
			b = msgp.AppendString(b, each)
		}
		return b
	}
	within := AppendProgram(nil, []Step{{Kind: Together, Operations: []Step{{Kind: Advance, Ms: 1}}}})
	inMessage := AppendProgram(nil, []Step{{Kind: Repeat, Operations: []Step{{Kind: Receive, Module: "a"}}, Times: 1}})
	inMessage = bytes.ReplaceAll(inMessage, msgp.AppendString(nil, "repeat"), msgp.AppendString(nil, "make_message"))
	tooLong := AppendProgram(nil, []Step{{Kind: Sleep, Ms: longest + 1}})
	for name, each := range map[string]struct {
		program []byte
		want    string
	}{
		"unknown op":       {text("op", "fly"), `unknown op "fly"`},
		"unknown key":      {text("op", "inspect_fields", "speed", "1"), `unknown or repeated key "speed"`},
		"repeated key":     {text("op", "receive", "module", "a", "module", "b"), `repeated key "module"`},
		"missing key":      {text("op", "receive"), "missing keys"},
		"foreign key":      {text("op", "receive", "module", "a", "id", "1"), "keys of another op"},
		"client of fields": {text("op", "inspect_fields", "client", "c"), "keys of another op"},
		"no op":            {text("module", "a"), `unknown op ""`},
		"text to repeat":   {text("op", "repeat", "operation", "receive"), "missing keys, or with keys of another op"},
		"step in message":  {inMessage, "keys of another op"},
		"parts elsewhere":  {text("op", "receive", "module", "a", "source", "s"), "keys of another op"},
		"nested step":      {within, "within a step"},
		"too long":         {tooLong, "exceed the range"},
	} {
		_, _, err := ReadProgram(each.program)
		if err == nil || !strings.Contains(err.Error(), each.want) {
			t.Errorf("%s: %v, want %q", name, err, each.want)
		}
	}
}

func TestInvalidUnicodeIsReplaced(t *testing.T) {
	b := appendOutcome(nil, &Outcome{Kind: Failed, Text: "a\xffb"})
	if !strings.Contains(string(b), "a?b") {
		t.Errorf("%q", b)
	}
}
