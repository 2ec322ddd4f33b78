package server

import (
	"encoding/binary"
	"syscall"

	"beehivebridge/wire"
)

// progress notes in a file what the process runs, so that its parent can explain how it ended.
//
// The file holds 4 bytes with the index of the program, one byte with its stage, and 4 bytes that change while a step
// takes long. For a program that runs alone, each step that was seen follows, behind 4 bytes of length.
type progress struct {
	descriptor int // -1 if nothing is noted
	size       int64
	signs      uint32 // signs of life
}

// The stages of a program.
const (
	stageNone byte = iota // no program runs
	stageRunning
	stageEnding // every step has been seen; what still waits is being ended
)

// The places of the stage and of the signs of life in the file, and the size of what precedes the steps.
const (
	stageOffset = 4
	signsOffset = 5
	headSize    = 9
)

func (p *progress) program(index int) {
	if p.descriptor < 0 {
		return
	}
	p.size = 0
	if index == 0 {
		_ = syscall.Ftruncate(p.descriptor, 0)
	}
	head := append(binary.BigEndian.AppendUint32(nil, uint32(index)), stageRunning)
	p.append(binary.BigEndian.AppendUint32(head, p.signs))
}

func (p *progress) ending() { p.overwrite(stageOffset, []byte{stageEnding}) }

func (p *progress) idle() { p.overwrite(stageOffset, []byte{stageNone}) }

func (p *progress) alive() {
	p.signs++
	p.overwrite(signsOffset, binary.BigEndian.AppendUint32(nil, p.signs))
}

func (p *progress) step(seen []wire.Seen) {
	if p.descriptor < 0 {
		return
	}
	b := wire.AppendStep(make([]byte, 4, 256), seen)
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	p.append(b)
}

func (p *progress) overwrite(offset int64, b []byte) {
	if p.descriptor >= 0 {
		_, _ = syscall.Pwrite(p.descriptor, b, offset)
	}
}

func (p *progress) append(b []byte) {
	// A failed write makes the explanation of a death incomplete, and affects nothing else.
	written, _ := syscall.Pwrite(p.descriptor, b, p.size)
	p.size += int64(max(written, 0))
}
