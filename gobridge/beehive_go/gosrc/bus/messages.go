package bus

import (
	"fmt"
	"strconv"
	"strings"

	"beehivebridge/layout"
	"beehivebridge/wire"
)

// sentContent is the content of a message: the operation that sent it, and the parts that do not follow from its
// number.
type sentContent struct {
	number     int64
	id, parent string
}

const sourcePrefix = "source "

// message returns the message of an operation; its other parts follow from the operation's number.
func message(id, parent string, number int64) layout.Message {
	text := strconv.FormatInt(number, 10)
	return *layout.NewRawMessage().
		BuildHeader(id, parent, number).
		BuildRouter(sourcePrefix+text, "group "+text, "resource "+text, "operation "+text).
		FillBody(sentContent{number, id, parent})
}

func received(got layout.Message, err error) wire.Outcome {
	if err != nil {
		return wire.Outcome{Kind: wire.Failed, Text: err.Error()}
	}
	outcome := wire.Outcome{Kind: wire.GotMessage, Sync: got.IsSync()}
	sent, known := got.GetContent().(sentContent)
	if known {
		outcome.SentBy = sent.number
		outcome.Changed = changed(&got, message(sent.id, sent.parent, sent.number))
	} else if number, told := strings.CutPrefix(got.GetSource(), sourcePrefix); told {
		// The source identifies a message even if its content was lost.
		outcome.SentBy, _ = strconv.ParseInt(number, 10, 64)
		outcome.Changed = wire.Content
	}
	return outcome
}

func changed(got *layout.Message, sent layout.Message) wire.Parts {
	var parts wire.Parts
	for _, each := range []struct {
		part    wire.Parts
		differs bool
	}{
		{wire.GroupOfRoute, got.GetGroup() != sent.GetGroup()},
		{wire.ID, got.GetID() != sent.GetID()},
		{wire.Operation, got.GetOperation() != sent.GetOperation()},
		{wire.Parent, got.GetParentID() != sent.GetParentID()},
		{wire.Resource, got.GetResource() != sent.GetResource()},
		{wire.Source, got.GetSource() != sent.GetSource()},
		{wire.Timestamp, got.GetTimestamp() != sent.GetTimestamp()},
	} {
		if each.differs {
			parts |= each.part
		}
	}
	return parts
}

// madeMessage makes a message as a module would, with the given parts.
func (b *contextBus) madeMessage(given *wire.Step) wire.Outcome {
	made := b.made(layout.NewMessage(given.Parent).
		BuildRouter(given.Source, given.Group, given.Resource, given.Verb).
		FillBody(given.Content))
	return wire.Outcome{Kind: wire.Made, Made: &made}
}

// madeResponse makes the response to a message. The documents say nothing about its route, so it is not reported.
func (b *contextBus) madeResponse(given *wire.Step) wire.Outcome {
	request := layout.NewRawMessage().BuildHeader(given.ID, "", 0)
	made := b.made(new(layout.Message).NewRespByMessage(request, given.Content))
	made.Source, made.Group, made.Operation, made.Resource, made.Sync = "", "", "", "", false
	return wire.Outcome{Kind: wire.Made, Made: &made}
}

func (b *contextBus) made(message *layout.Message) wire.MadeMessage {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.ids == nil {
		b.ids = map[string]struct{}{"": {}}
		b.first = message.GetTimestamp()
	}
	_, known := b.ids[message.GetID()]
	b.ids[message.GetID()] = struct{}{}
	return wire.MadeMessage{
		IsNew: !known, Parent: message.GetParentID(), Sync: message.IsSync(), Source: message.GetSource(),
		Group: message.GetGroup(), Operation: message.GetOperation(), Resource: message.GetResource(),
		Content: fmt.Sprint(message.GetContent()), Timestamp: message.GetTimestamp() - b.first,
	}
}
