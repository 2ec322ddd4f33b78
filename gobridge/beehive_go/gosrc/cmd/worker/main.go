// Command worker replies to the requests that it reads from standard input.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"beehivebridge/bus"
	"beehivebridge/layout"
	"beehivebridge/server"
)

// caseFlag makes the command run one case and end.
const caseFlag = "-case"

func main() {
	progress := flag.Int("progress", -1, "the file descriptor of the progress file")
	isCase := flag.Bool(caseFlag[1:], false, "run one case and end")
	flag.Parse()
	if err := run(*progress, *isCase); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(progress int, isCase bool) error {
	if err := bus.CatchLogs(); err != nil {
		return err
	}
	// What Go code prints must not end up among the replies.
	descriptor, err := syscall.Dup(1)
	if err != nil {
		return err
	}
	if err := syscall.Dup3(2, 1, 0); err != nil {
		return err
	}
	syscall.CloseOnExec(descriptor)
	reply := replies(progress, isCase)
	in, out := bufio.NewReader(os.Stdin), os.NewFile(uintptr(descriptor), "replies")
	for {
		request, err := server.ReadFrame(in)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := server.WriteFrame(out, reply(request)); err != nil {
			return err
		}
		if isCase {
			return nil
		}
	}
}

// replies returns what replies to a request.
func replies(progress int, isCase bool) func([]byte) []byte {
	switch {
	case isCase:
		return func(request []byte) []byte { return server.RunCase(bus.Hello(), bus.New, request) }
	case layout.OnePerProcess:
		parent := server.NewParent(bus.Hello(), progress, func() *exec.Cmd {
			return exec.Command("/proc/self/exe", caseFlag)
		})
		return parent.Reply
	}
	serving := server.Start(bus.Hello(), bus.New)
	serving.Progress(progress)
	return serving.Reply
}
