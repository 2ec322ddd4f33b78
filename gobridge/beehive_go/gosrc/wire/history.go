package wire

import (
	"slices"
	"strings"

	"github.com/tinylib/msgp/msgp"
)

// Level is the severity of a line that was logged.
type Level int32

// The levels, in rising order.
const (
	Nothing Level = iota
	Info
	Warning
	Error
)

var levels = [...]string{"", "info", "warning", "error"}

// Verdict says which of the outcomes an Outcome is.
type Verdict uint8

// The outcomes of an operation.
const (
	Returned Verdict = iota
	GotMessage
	Failed
)

// Outcome is what an operation returned.
type Outcome struct {
	Verdict Verdict
	SentBy  int64 // operation number; 0: a message that no operation made
	Sync    bool
	Text    string
}

// Return is one operation that returned, Ms milliseconds after the step began.
type Return struct {
	Operation int64
	Outcome   Outcome
	Ms        int64
}

// Group is the name of a group with those of its members, sorted.
type Group struct {
	Name    string
	Members []string
}

// Fields holds the keys of the three maps of a context, sorted.
type Fields struct {
	Channels     []string
	TypeChannels []Group
	AnonChannels []string
}

// Seen is what was seen from the start of a step until all had settled.
type Seen struct {
	Returned []Return
	Fields   *Fields
	Logged   Level
	Times    int64
}

// Equal compares what was seen, whatever the number of times; neither side may hold fields.
func (seen *Seen) Equal(other *Seen) bool {
	return seen.Fields == nil && other.Fields == nil && seen.Logged == other.Logged &&
		slices.Equal(seen.Returned, other.Returned)
}

// AppendHistory writes the history of a program that ran to its end.
func AppendHistory(b []byte, steps [][]Seen) []byte {
	if len(steps) == 0 {
		return msgp.AppendMapHeader(b, 0)
	}
	b = msgp.AppendMapHeader(b, 1)
	b = msgp.AppendString(b, "steps")
	b = msgp.AppendArrayHeader(b, uint32(len(steps)))
	for _, step := range steps {
		b = AppendStep(b, step)
	}
	return b
}

// AppendStep writes what was seen of one step.
func AppendStep(b []byte, step []Seen) []byte {
	b = msgp.AppendArrayHeader(b, uint32(len(step)))
	for i := range step {
		b = appendSeen(b, &step[i])
	}
	return b
}

func appendSeen(b []byte, seen *Seen) []byte {
	at := len(b)
	b = append(b, 0x80)
	if len(seen.Returned) > 0 {
		b[at]++
		b = msgp.AppendString(b, "returned")
		b = msgp.AppendArrayHeader(b, uint32(len(seen.Returned)))
		for i := range seen.Returned {
			b = appendReturn(b, &seen.Returned[i])
		}
	}
	if seen.Fields != nil {
		b[at]++
		b = msgp.AppendString(b, "fields")
		b = appendFields(b, seen.Fields)
	}
	if seen.Logged != Nothing {
		b[at]++
		b = msgp.AppendString(b, "logged")
		b = msgp.AppendString(b, levels[seen.Logged])
	}
	if seen.Times != 1 {
		b[at]++
		b = msgp.AppendString(b, "times")
		b = msgp.AppendInt64(b, seen.Times)
	}
	return b
}

func appendReturn(b []byte, each *Return) []byte {
	at := len(b)
	b = append(b, 0x82)
	b = msgp.AppendString(b, "operation")
	b = msgp.AppendInt64(b, each.Operation)
	b = msgp.AppendString(b, "outcome")
	b = appendOutcome(b, &each.Outcome)
	if each.Ms != 0 {
		b[at]++
		b = msgp.AppendString(b, "ms")
		b = msgp.AppendInt64(b, each.Ms)
	}
	return b
}

func appendOutcome(b []byte, outcome *Outcome) []byte {
	at := len(b)
	b = append(b, 0x81)
	b = msgp.AppendString(b, "outcome")
	switch outcome.Verdict {
	case Returned:
		b = msgp.AppendString(b, "returned")
	case GotMessage:
		b = msgp.AppendString(b, "message")
		if outcome.SentBy != 0 {
			b[at]++
			b = msgp.AppendString(b, "sent_by")
			b = msgp.AppendInt64(b, outcome.SentBy)
		}
		if outcome.Sync {
			b[at]++
			b = msgp.AppendString(b, "sync")
			b = msgp.AppendBool(b, true)
		}
	case Failed:
		b[at] += 2
		b = msgp.AppendString(b, "error")
		b = msgp.AppendString(b, "kind")
		b = msgp.AppendString(b, "other")
		b = msgp.AppendString(b, "text")
		b = msgp.AppendString(b, strings.ToValidUTF8(outcome.Text, "?"))
	}
	return b
}

func appendFields(b []byte, fields *Fields) []byte {
	at := len(b)
	b = append(b, 0x80)
	if len(fields.Channels) > 0 {
		b[at]++
		b = msgp.AppendString(b, "channels")
		b = appendNames(b, fields.Channels)
	}
	if len(fields.TypeChannels) > 0 {
		b[at]++
		b = msgp.AppendString(b, "type_channels")
		b = msgp.AppendArrayHeader(b, uint32(len(fields.TypeChannels)))
		for _, group := range fields.TypeChannels {
			b = msgp.AppendArrayHeader(b, 2)
			b = msgp.AppendString(b, group.Name)
			b = appendNames(b, group.Members)
		}
	}
	if len(fields.AnonChannels) > 0 {
		b[at]++
		b = msgp.AppendString(b, "anon_channels")
		b = appendNames(b, fields.AnonChannels)
	}
	return b
}

func appendNames(b []byte, names []string) []byte {
	b = msgp.AppendArrayHeader(b, uint32(len(names)))
	for _, name := range names {
		b = msgp.AppendString(b, name)
	}
	return b
}
