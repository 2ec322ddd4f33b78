package wire

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// golden returns a file in testdata. The suite's tests decode the same files with their own definitions.
func golden(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		t.Fatal(err)
	}
	return compact.String()
}

func TestTheHelloIsTheOneOfTheProtocol(t *testing.T) {
	hello := Hello{
		Name: "a bus", Version: "v1", Language: "Go", Capabilities: []string{"fields", "logs"}, Window: 200,
	}
	if got, want := asJSON(t, AppendHello(nil, &hello)), golden(t, "hello.json"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAHistoryIsTheOneOfTheProtocol(t *testing.T) {
	changed := MadeMessage{
		Parent: "1", Source: "s", Group: "g", Operation: "o", Resource: "r", Content: "c", Sync: true, Timestamp: -2,
	}
	steps := [][]Seen{
		{{Returned: []Return{
			{Operation: 1},
			{Operation: 2, Outcome: Outcome{Kind: GotMessage, SentBy: 1, Sync: true, Changed: Content | Timestamp}, Ms: 5},
			{Operation: 3, Outcome: Outcome{Kind: GotMessage}},
			{Operation: 4, Outcome: Outcome{Kind: Failed, Text: "no channel"}},
			{Operation: 5, Outcome: Outcome{Kind: Made, Made: &MadeMessage{IsNew: true}}},
			{Operation: 6, Outcome: Outcome{Kind: Made, Made: &changed}},
		}, Logged: Warning, Times: 1}},
		{{Fields: &Fields{
			Channels: []string{"m"}, TypeChannels: []Group{{"g", []string{"m", "n"}}}, AnonChannels: []string{"1"},
		}, Times: 1}},
		{{Returned: []Return{{Operation: 7}}, Times: 3}, {Logged: Error, Times: 1}},
		{{Times: 1}},
	}
	if got, want := asJSON(t, AppendHistory(nil, steps)), golden(t, "history.json"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
