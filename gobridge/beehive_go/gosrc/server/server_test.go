package server

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"beehivebridge/wire"
)

func TestAnUnreadableRequestIsRefused(t *testing.T) {
	program := wire.AppendProgram(nil, []wire.Step{{Kind: wire.Sleep, Ms: 1}})
	for want, request := range map[string][]byte{
		"empty request": {},
		"unknown kind":  {'z', 0x90},
		"too few bytes": {requestBatch, 0xdd, 0, 0, 0, 9},
		"bytes after":   append(append([]byte{requestBatch, 0x91}, program...), 0),
		"program 0: ":   {requestBatch, 0x91, 0x80},
	} {
		if _, err := read(request); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", request, err, want)
		}
	}
}

func TestARetirementHoldsTheHistoriesOfTheFirstPrograms(t *testing.T) {
	out := append(appendSize([]byte{replyHistories}, 7), "packed"...)
	want := "r\x00\x00\x00\x03who\xdd\x00\x00\x00\x02packed"
	if got := retirement("who", 2, out); !bytes.Equal(got, []byte(want)) {
		t.Errorf("%q", got)
	}
}

func TestAFrameIsReadAsItWasWritten(t *testing.T) {
	var pipe bytes.Buffer
	for _, payload := range []string{"H", "", "a longer one"} {
		if err := WriteFrame(&pipe, []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"H", "", "a longer one"} {
		if got, err := ReadFrame(&pipe); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	if _, err := ReadFrame(&pipe); err != io.EOF {
		t.Errorf("%v at the end", err)
	}
	if _, err := ReadFrame(strings.NewReader("\x00\x00\x00\x02H")); err != io.ErrUnexpectedEOF {
		t.Errorf("%v in the middle of a frame", err)
	}
}
