package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"beehivebridge/cases"
	"beehivebridge/wire"
)

// Parent runs each case in a process of its own, because a process can make only one new bus.
//
// It ends as the process of a case does, so that whoever watches it sees how the case ended.
type Parent struct {
	hello    *wire.Hello
	progress progress
	command  func() *exec.Cmd
}

// childProgress is the file descriptor of the progress file in the process of a case.
const childProgress = 3

// NewParent returns a server whose cases are run by a command, which calls RunCase. It must be used from one goroutine.
func NewParent(hello *wire.Hello, progressDescriptor int, command func() *exec.Cmd) *Parent {
	// The process of a case ends when the thread that started it does.
	runtime.LockOSThread()
	return &Parent{hello: hello, progress: progress{descriptor: progressDescriptor}, command: command}
}

// Reply returns the reply to a request; it does not return if a case ends or hangs its process.
func (p *Parent) Reply(request []byte) []byte {
	programs, reply := understood(p.hello, request)
	if reply != nil {
		return reply
	}
	out := appendSize([]byte{replyHistories}, len(programs))
	for i, steps := range programs {
		p.progress.program(i)
		history, err := p.run(wire.AppendProgram(appendSize([]byte{request[0]}, 1), steps))
		if err != nil {
			return refusal(err)
		}
		out = append(out, history...)
	}
	p.progress.idle()
	return out
}

// run returns the history of a request with one program.
func (p *Parent) run(request []byte) ([]byte, error) {
	child := p.command()
	child.Stderr = os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if p.progress.descriptor >= 0 {
		child.ExtraFiles = []*os.File{os.NewFile(uintptr(p.progress.descriptor), "progress")}
	}
	in, inErr := child.StdinPipe()
	out, outErr := child.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, err
	}
	// A process that ends before it has read the request is no fault of this one.
	_ = WriteFrame(in, request)
	reply, err := ReadFrame(out)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if waitErr := child.Wait(); err != nil || waitErr != nil {
		endAs(child.ProcessState)
	}
	head := appendSize([]byte{replyHistories}, 1)
	if len(reply) < len(head) || reply[0] != replyHistories {
		return nil, fmt.Errorf("the process of a case replied %q", reply)
	}
	return reply[len(head):], nil
}

// endAs ends this process as another one ended.
func endAs(state *os.ProcessState) {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		signal.Reset(status.Signal())
		_ = syscall.Kill(os.Getpid(), status.Signal())
		// A signal that this process survives is reported like a fatal one.
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	os.Exit(state.ExitCode())
}

// RunCase runs the one program of a request and returns the reply; the process must end then.
func RunCase(hello *wire.Hello, newBus func() cases.Bus, request []byte) []byte {
	s := start(hello, newBus, true)
	s.progress = progress{descriptor: childProgress, size: headSize}
	return s.Reply(request)
}
