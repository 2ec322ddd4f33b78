package server

import (
	"bytes"
	"strings"
	"testing"

	"beehivebridge/wire"
)

func TestARequestThatCannotBeReadIsRefused(t *testing.T) {
	program := wire.AppendProgram(nil, []wire.Step{{Kind: wire.Sleep, Ms: 1}})
	for want, request := range map[string][]byte{
		"empty request": {},
		"unknown kind":  {'z', 0x90},
		"too few bytes": {batch, 0xdd, 0, 0, 0, 9},
		"bytes behind":  append(append([]byte{batch, 0x91}, program...), 0),
		"program 0: ":   {batch, 0x91, 0x80},
	} {
		if _, err := read(request); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", request, err, want)
		}
	}
}

func TestALeakIsReportedWithWhatWasDone(t *testing.T) {
	out := append(appendSize([]byte{histories}, 7), "packed"...)
	want := "r\x00\x00\x00\x03who\xdd\x00\x00\x00\x02packed"
	if got := leftOver("who", 2, out); !bytes.Equal(got, []byte(want)) {
		t.Errorf("%q", got)
	}
}
