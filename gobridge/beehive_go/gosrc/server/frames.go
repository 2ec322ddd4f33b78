package server

import (
	"encoding/binary"
	"io"
)

// Kinds of requests, the first byte of each.
const (
	requestHello        = 'H' // nothing follows
	requestBatch        = 'B' // an array of programs follows
	requestAlone        = 'A' // the same; each step is also noted in the progress file
	requestEcho         = 'E' // the same; the programs come back as they were understood
	requestRewriteJSON  = 'J' // JSON follows, to be read as a message and written again
	requestWriteContent = 'C' // bytes follow, to be written as the content of an otherwise empty message
)

// Kinds of replies, the first byte of each.
const (
	replyHello     = 'h' // the hello of the suite's protocol follows
	replyHistories = 's' // an array follows, with one history, or program, for each program
	replyRetired   = 'r' // 4 bytes of length, a reason, and the histories of the first programs; no reply comes after it
	replyJSON      = 'j' // a message as JSON follows
	replyRefused   = 'x' // a text follows: the request could not be read
)

// ReadFrame reads 4 bytes of length and the payload that follows them.
func ReadFrame(in io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return nil, err
	}
	payload := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err := io.ReadFull(in, payload)
	return payload, err
}

// WriteFrame writes a payload after 4 bytes of length, in one call.
func WriteFrame(out io.Writer, payload []byte) error {
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(payload)), uint32(len(payload)))
	_, err := out.Write(append(frame, payload...))
	return err
}

func refusal(err error) []byte { return append([]byte{replyRefused}, err.Error()...) }
