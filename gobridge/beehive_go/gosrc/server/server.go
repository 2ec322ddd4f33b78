// Package server replies to requests: programs in, histories out.
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

// stackLimit is the number of bytes at which an endless recursion ends.
const stackLimit = 64 << 20

// Server runs the cases of one process, one after another.
type Server struct {
	hello    *wire.Hello
	newBus   func() cases.Bus
	progress progress
	once     bool // whether the process ends after one case, so that nothing has to be released
	requests chan []byte
	replies  chan []byte
	never    chan struct{}
}

// Start begins to serve; it must be called at most once in a process.
func Start(hello *wire.Hello, newBus func() cases.Bus) *Server { return start(hello, newBus, false) }

func start(hello *wire.Hello, newBus func() cases.Bus, once bool) *Server {
	s := &Server{
		hello: hello, newBus: newBus, progress: progress{descriptor: -1}, once: once,
		requests: make(chan []byte), replies: make(chan []byte), never: make(chan struct{}),
	}
	cases.WaitingForLocksIsIdle()
	debug.SetMaxStack(stackLimit)
	go s.serve()
	go exitWith(os.Getppid())
	return s
}

// exitWith ends the process soon after its parent, even while a case hangs.
func exitWith(parent int) {
	for os.Getppid() == parent {
		time.Sleep(time.Second)
	}
	os.Exit(1)
}

// Progress sets the file descriptor of the progress file.
func (s *Server) Progress(descriptor int) { s.progress.descriptor = descriptor }

// Reply returns the reply to a request; it does not return if a case ends or hangs the process.
func (s *Server) Reply(request []byte) []byte {
	s.requests <- request
	return <-s.replies
}

// serve runs a test that never returns, because only a test may create bubbles.
func (s *Server) serve() {
	os.Args = os.Args[:min(1, len(os.Args))]
	testing.Init()
	testing.Main(
		func(string, string) (bool, error) { return true, nil },
		[]testing.InternalTest{{Name: "Serve", F: func(t *testing.T) {
			for request := range s.requests {
				s.replies <- s.reply(t, request)
			}
		}}},
		nil, nil,
	)
}

func (s *Server) reply(t *testing.T, request []byte) []byte {
	programs, reply := understood(s.hello, request)
	if reply != nil {
		return reply
	}
	out := appendSize([]byte{replyHistories}, len(programs))
	for i, steps := range programs {
		if !s.once {
			s.progress.program(i)
		}
		synctest.Test(t, func(*testing.T) {
			seen := make([][]wire.Seen, 0, len(steps))
			ending := s.progress.ending
			if s.once {
				ending = func() {
					s.replies <- wire.AppendHistory(out, seen)
					<-s.never
				}
			}
			leak := cases.Run(s.newBus(), steps, func(step []wire.Seen) {
				seen = append(seen, step)
				if request[0] == requestAlone {
					s.progress.step(step)
				}
			}, s.progress.alive, ending)
			out = wire.AppendHistory(out, seen)
			if leak != "" {
				s.replies <- retirement(leak, i+1, out)
				// A bubble cannot end while something waits in it, and no other can begin before it has ended.
				<-s.never
			}
		})
	}
	if !s.once {
		s.progress.idle()
	}
	return out
}

// understood returns the programs that a request asks to run, or the reply to a request that asks for something else.
func understood(hello *wire.Hello, request []byte) (programs [][]wire.Step, reply []byte) {
	if len(request) == 1 && request[0] == requestHello {
		return nil, wire.AppendHello([]byte{replyHello}, hello)
	}
	if reply := messageJSON(request); reply != nil {
		return nil, reply
	}
	programs, err := read(request)
	if err != nil {
		return nil, refusal(err)
	}
	if request[0] == requestEcho {
		reply = appendSize([]byte{replyHistories}, len(programs))
		for _, steps := range programs {
			reply = wire.AppendProgram(reply, steps)
		}
	}
	return programs, reply
}

// appendSize writes the header of an array, always in the same number of bytes.
func appendSize(b []byte, size int) []byte {
	return binary.BigEndian.AppendUint32(append(b, 0xdd), uint32(size))
}

// retirement returns the reply that holds the histories of the first programs and the reason why it holds no more.
func retirement(reason string, done int, out []byte) []byte {
	reply := binary.BigEndian.AppendUint32([]byte{replyRetired}, uint32(len(reason)))
	reply = appendSize(append(reply, reason...), done)
	return append(reply, out[len(appendSize([]byte{replyHistories}, 0)):]...)
}

func read(request []byte) ([][]wire.Step, error) {
	if len(request) == 0 {
		return nil, errors.New("an empty request")
	}
	if kind := request[0]; kind != requestBatch && kind != requestAlone && kind != requestEcho {
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
		return nil, fmt.Errorf("%d bytes after the last program", len(b))
	}
	return programs, nil
}
