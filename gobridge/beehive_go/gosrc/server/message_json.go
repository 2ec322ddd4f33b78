package server

import (
	"encoding/json"

	"beehivebridge/layout"
)

// messageJSON returns the reply to a request about the JSON of messages, or nil if the request is about something else.
func messageJSON(request []byte) []byte {
	var message layout.Message
	switch {
	case len(request) > 0 && request[0] == requestRewriteJSON:
		if err := json.Unmarshal(request[1:], &message); err != nil {
			return refusal(err)
		}
	case len(request) > 0 && request[0] == requestWriteContent:
		message.Content = request[1:]
	default:
		return nil
	}
	text, err := json.Marshal(message)
	if err != nil {
		return refusal(err)
	}
	return append([]byte{replyJSON}, text...)
}
