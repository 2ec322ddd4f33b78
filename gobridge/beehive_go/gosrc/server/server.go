// Package server answers requests: programs in, histories out.
package server

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"beehivebridge/cases"
	"beehivebridge/wire"

	"github.com/tinylib/msgp/msgp"
)

// The first byte of a request says what is wanted, that of an answer what follows; both go on with an array.
const (
	batch = 'b' // programs
	alone = 'a' // programs, each step also noted in the file of progress
	echo  = 'e' // programs, to be sent back as they were understood

	histories = 'h' // of all programs
	retire    = 'r' // 4 bytes of length, that many of a reason; histories of the first programs: no more will come
	refused   = 'x' // only a text: the request could not be read
)

const stackLimit = 64 << 20

// Server runs the cases of one process, one after another.
type Server struct {
	newBus   func() cases.Bus
	progress progress
	requests chan []byte
	answers  chan []byte
	never    chan struct{}
}

// Start begins to serve; it must be called at most once in a process.
func Start(newBus func() cases.Bus) *Server {
	s := &Server{
		newBus: newBus, progress: progress{descriptor: -1},
		requests: make(chan []byte), answers: make(chan []byte), never: make(chan struct{}),
	}
	cases.WaitingForLocksIsIdle()
	// An endless recursion has to end soon, as everything has that kills.
	debug.SetMaxStack(stackLimit)
	go s.serve()
	go leaveWith(os.Getppid())
	return s
}

// leaveWith ends the process soon after its parent, even while a case hangs.
func leaveWith(parent int) {
	for os.Getppid() == parent {
		time.Sleep(time.Second)
	}
	os.Exit(1)
}

// Progress sets the file descriptor under which it is noted what runs.
func (s *Server) Progress(descriptor int) { s.progress.descriptor = descriptor }

// Reply returns the answer to a request; a case that kills or hangs the process has none.
func (s *Server) Reply(request []byte) []byte {
	s.requests <- request
	return <-s.answers
}

// serve runs a test that never returns, because only a test may make bubbles.
func (s *Server) serve() {
	os.Args = os.Args[:min(1, len(os.Args))]
	testing.Init()
	testing.Main(
		func(string, string) (bool, error) { return true, nil },
		[]testing.InternalTest{{Name: "Serve", F: func(t *testing.T) {
			for request := range s.requests {
				s.answers <- s.answer(t, request)
			}
		}}},
		nil, nil,
	)
}

func (s *Server) answer(t *testing.T, request []byte) []byte {
	if answer := jsonAnswer(request); answer != nil {
		return answer
	}
	programs, err := read(request)
	if err != nil {
		return append([]byte{refused}, err.Error()...)
	}
	out := appendSize([]byte{histories}, len(programs))
	if request[0] == echo {
		for _, steps := range programs {
			out = wire.AppendProgram(out, steps)
		}
		return out
	}
	for i, steps := range programs {
		s.progress.program(i)
		synctest.Test(t, func(*testing.T) {
			seen := make([][]wire.Seen, 0, len(steps))
			leak := cases.Run(s.newBus(), steps, func(step []wire.Seen) {
				seen = append(seen, step)
				if request[0] == alone {
					s.progress.step(step)
				}
			}, s.progress.alive, s.progress.ending)
			out = wire.AppendHistory(out, seen)
			if leak != "" {
				s.answers <- leftOver(leak, i+1, out)
				// The bubble must not end while something waits in it, and no other can begin before it has.
				<-s.never
			}
		})
	}
	s.progress.idle()
	return out
}

// appendSize writes the header of an array, always in the same number of bytes.
func appendSize(b []byte, size int) []byte {
	return binary.BigEndian.AppendUint32(append(b, 0xdd), uint32(size))
}

func leftOver(leak string, done int, out []byte) []byte {
	answer := binary.BigEndian.AppendUint32([]byte{retire}, uint32(len(leak)))
	answer = appendSize(append(answer, leak...), done)
	return append(answer, out[len(appendSize([]byte{histories}, 0)):]...)
}

func read(request []byte) ([][]wire.Step, error) {
	if len(request) == 0 {
		return nil, errors.New("an empty request")
	}
	if kind := request[0]; kind != batch && kind != alone && kind != echo {
		return nil, fmt.Errorf("a request of the unknown kind %q", kind)
	}
	size, b, err := msgp.ReadArrayHeaderBytes(request[1:])
	if err != nil {
		return nil, err
	}
	if int(size) > len(b) {
		return nil, msgp.ErrShortBytes
	}
	programs := make([][]wire.Step, size)
	for i := range programs {
		if programs[i], b, err = wire.ReadProgram(b); err != nil {
			return nil, fmt.Errorf("program %d: %w", i, err)
		}
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("%d bytes behind the last program", len(b))
	}
	return programs, nil
}
