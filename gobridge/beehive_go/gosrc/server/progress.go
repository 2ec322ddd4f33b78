package server

import (
	"encoding/binary"
	"syscall"

	"beehivebridge/wire"
)

// progress notes in a file what runs, for the one who has to explain how the process ended.
//
// The file holds 4 bytes with the index of the program, a byte that says how far it is, 4 bytes that change while
// a step takes long, and then, of a program that runs alone, each step that was seen behind 4 bytes of length.
type progress struct {
	descriptor int // -1: nothing is noted
	size       int64
	signs      uint32 // of life
}

// How far a program is.
const (
	noProgram byte = iota // none runs, so its number says nothing
	running
	ending // only what still waits is left to be ended
)

const (
	stageAt = 4
	signsAt = 5
)

func (p *progress) program(index int) {
	if p.descriptor < 0 {
		return
	}
	p.size = 0
	if index == 0 {
		_ = syscall.Ftruncate(p.descriptor, 0)
	}
	head := append(binary.BigEndian.AppendUint32(nil, uint32(index)), running)
	p.note(binary.BigEndian.AppendUint32(head, p.signs))
}

func (p *progress) ending() { p.at(stageAt, []byte{ending}) }

func (p *progress) idle() { p.at(stageAt, []byte{noProgram}) }

func (p *progress) alive() {
	p.signs++
	p.at(signsAt, binary.BigEndian.AppendUint32(nil, p.signs))
}

func (p *progress) at(place int64, b []byte) {
	if p.descriptor >= 0 {
		_, _ = syscall.Pwrite(p.descriptor, b, place)
	}
}

func (p *progress) step(seen []wire.Seen) {
	if p.descriptor < 0 {
		return
	}
	b := wire.AppendStep(make([]byte, 4, 256), seen)
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	p.note(b)
}

func (p *progress) note(b []byte) {
	// What cannot be noted is missing in an explanation, and nowhere else.
	written, _ := syscall.Pwrite(p.descriptor, b, p.size)
	p.size += int64(max(written, 0))
}
