package wire

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/tinylib/msgp/msgp"
)

// Level is the severity of a log message.
type Level int32

// The levels, in rising order.
const (
	Nothing Level = iota
	Info
	Warning
	Error
)

var levels = [...]string{"", "info", "warning", "error"}

// OutcomeKind is the kind of an Outcome.
type OutcomeKind uint8

// The outcomes of an operation.
const (
	Returned OutcomeKind = iota
	GotMessage
	Failed
	Made
)

// Parts is a set of message parts.
type Parts uint8

// The parts of a message that a bus must not change, in the order of their names.
const (
	Content Parts = 1 << iota
	GroupOfRoute
	ID
	Operation
	Parent
	Resource
	Source
	Timestamp
)

var partNames = [...]string{"content", "group", "id", "operation", "parent", "resource", "source", "timestamp"}

// MadeMessage is a message that was made. Timestamp counts from the first message that was made.
type MadeMessage struct {
	IsNew                                               bool
	Parent, Source, Group, Operation, Resource, Content string
	Sync                                                bool
	Timestamp                                           int64
}

// Outcome is what an operation returned.
type Outcome struct {
	Kind    OutcomeKind
	SentBy  int64 // number of an operation; 0 for a message that no operation made
	Sync    bool
	Changed Parts // parts that differ from the message that was sent
	Made    *MadeMessage
	Text    string
}

func (outcome Outcome) equal(other Outcome) bool {
	if (outcome.Made == nil) != (other.Made == nil) || outcome.Made != nil && *outcome.Made != *other.Made {
		return false
	}
	outcome.Made, other.Made = nil, nil
	return outcome == other
}

// Return is an operation that returned, Ms milliseconds after the step began.
type Return struct {
	Operation int64
	Outcome   Outcome
	Ms        int64
}

// Group is the name of a group and the sorted names of its members.
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

// Seen is what was seen from the start of a step until everything had settled.
type Seen struct {
	Returned []Return
	Fields   *Fields
	Logged   Level
	Times    int64
}

// Equal compares everything but Times; values with fields are never equal.
func (seen *Seen) Equal(other *Seen) bool {
	return seen.Fields == nil && other.Fields == nil && seen.Logged == other.Logged &&
		slices.EqualFunc(seen.Returned, other.Returned, func(a, b Return) bool {
			return a.Operation == b.Operation && a.Ms == b.Ms && a.Outcome.equal(b.Outcome)
		})
}

// AppendHistory writes the history of a program that reached its end.
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

// AppendStep writes what was seen in one step.
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
	switch outcome.Kind {
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
		if outcome.Changed != 0 {
			b[at]++
			b = msgp.AppendString(b, "changed")
			b = appendParts(b, outcome.Changed)
		}
	case Made:
		b = msgp.AppendString(b, "made")
		var more byte
		b, more = appendMade(b, outcome.Made)
		b[at] += more
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

func appendParts(b []byte, parts Parts) []byte {
	b = msgp.AppendArrayHeader(b, uint32(bits.OnesCount8(uint8(parts))))
	for i, name := range partNames {
		if parts&(1<<i) != 0 {
			b = msgp.AppendString(b, name)
		}
	}
	return b
}

// appendMade writes the parts that differ from their defaults, and returns how many keys that took.
func appendMade(b []byte, made *MadeMessage) (written []byte, keys byte) {
	for _, flag := range []struct {
		name             string
		value, byDefault bool
	}{{"is_new", made.IsNew, true}, {"sync", made.Sync, false}} {
		if flag.value != flag.byDefault {
			keys++
			b = msgp.AppendString(b, flag.name)
			b = msgp.AppendBool(b, flag.value)
		}
	}
	for _, part := range [][2]string{
		{"parent", made.Parent}, {"source", made.Source}, {"group", made.Group}, {"operation", made.Operation},
		{"resource", made.Resource}, {"content", made.Content},
	} {
		if part[1] != "" {
			keys++
			b = msgp.AppendString(b, part[0])
			b = msgp.AppendString(b, strings.ToValidUTF8(part[1], "?"))
		}
	}
	if made.Timestamp != 0 {
		keys++
		b = msgp.AppendString(b, "timestamp")
		b = msgp.AppendInt64(b, made.Timestamp)
	}
	return b, keys
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
