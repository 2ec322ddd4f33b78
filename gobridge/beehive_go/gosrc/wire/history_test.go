package wire

import (
	"bytes"
	"testing"

	"github.com/tinylib/msgp/msgp"
)

func asJSON(t *testing.T, b []byte) string {
	t.Helper()
	var text bytes.Buffer
	if rest, err := msgp.UnmarshalAsJSON(&text, b); err != nil || len(rest) != 0 {
		t.Fatal(err, rest)
	}
	return text.String()
}

func TestChangedPartsAreWrittenInTheOrderOfTheirNames(t *testing.T) {
	for want, parts := range map[string]Parts{
		`["content","group","id","operation","parent","resource","source","timestamp"]`: 255,
		`["id","timestamp"]`: ID | Timestamp,
	} {
		if got := asJSON(t, appendParts(nil, parts)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestMadeMessagesAreComparedByTheirParts(t *testing.T) {
	seen := func(content string) *Seen {
		made := MadeMessage{Content: content}
		return &Seen{Returned: []Return{{Operation: 1, Outcome: Outcome{Kind: Made, Made: &made}}}}
	}
	if !seen("a").Equal(seen("a")) || seen("a").Equal(seen("b")) {
		t.Error("equal messages differ, or different ones are equal")
	}
	if seen("a").Equal(&Seen{Returned: []Return{{Operation: 1}}}) {
		t.Error("a message equals none")
	}
}
