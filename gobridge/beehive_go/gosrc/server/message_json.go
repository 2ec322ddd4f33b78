package server

import (
	"encoding/json"

	"github.com/kubeedge/beehive/pkg/core/model"
)

// Requests about the JSON of messages, and the first byte of their answers; what Go does not take is refused.
const (
	rewrite      = 'j' // JSON, to be read as a message and written again
	writeContent = 'c' // bytes, to be written as the content of an otherwise empty message

	written = 'j' // JSON
)

// jsonAnswer returns the answer to a request about JSON, or nil if the request is about something else.
func jsonAnswer(request []byte) []byte {
	var message model.Message
	switch {
	case len(request) > 0 && request[0] == rewrite:
		if err := json.Unmarshal(request[1:], &message); err != nil {
			return append([]byte{refused}, err.Error()...)
		}
	case len(request) > 0 && request[0] == writeContent:
		message.Content = request[1:]
	default:
		return nil
	}
	text, err := json.Marshal(message)
	if err != nil {
		return append([]byte{refused}, err.Error()...)
	}
	return append([]byte{written}, text...)
}
