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

func TestOfAMessageOnlyWhatIsNotAsUsualIsWritten(t *testing.T) {
	made := MadeMessage{IsNew: true}
	spoilt := MadeMessage{
		Parent: "1", Source: "s", Group: "g", Operation: "o", Resource: "r", Content: "c", Sync: true, Timestamp: -2,
	}
	for want, outcome := range map[string]Outcome{
		`{"outcome":"made"}`: {Verdict: Made, Made: &made},
		`{"outcome":"made","is_new":false,"sync":true,"parent":"1","source":"s","group":"g","operation":"o",` +
			`"resource":"r","content":"c","timestamp":-2}`: {Verdict: Made, Made: &spoilt},
		`{"outcome":"message","sent_by":3}`: {Verdict: GotMessage, SentBy: 3},
		`{"outcome":"message","sent_by":3,"changed":["content","group","id","operation","parent","resource",` +
			`"source","timestamp"]}`: {Verdict: GotMessage, SentBy: 3, Changed: 255},
		`{"outcome":"message","changed":["id","timestamp"]}`: {Verdict: GotMessage, Changed: ID | Timestamp},
	} {
		if got := asJSON(t, appendOutcome(nil, &outcome)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestWhatIsSeenIsComparedByWhatWasMade(t *testing.T) {
	seen := func(content string) *Seen {
		made := MadeMessage{Content: content}
		return &Seen{Returned: []Return{{Operation: 1, Outcome: Outcome{Verdict: Made, Made: &made}}}}
	}
	if !seen("a").Equal(seen("a")) || seen("a").Equal(seen("b")) {
		t.Error("equal messages are told apart, or others are not")
	}
	if seen("a").Equal(&Seen{Returned: []Return{{Operation: 1}}}) {
		t.Error("a message is the same as none")
	}
}
