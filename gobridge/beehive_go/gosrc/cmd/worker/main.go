// Command worker replies to the requests that it reads from standard input.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"

	"beehivebridge/bus"
	"beehivebridge/layout"
	"beehivebridge/replies"
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
	if err := errors.Join(replies.Err, bus.CatchLogs()); err != nil {
		return err
	}
	reply := serving(progress, isCase)
	in := bufio.NewReader(os.Stdin)
	for {
		request, err := server.ReadFrame(in)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := server.WriteFrame(replies.Out, reply(request)); err != nil {
			return err
		}
		if isCase {
			return nil
		}
	}
}

// serving returns what replies to a request.
func serving(progress int, isCase bool) func([]byte) []byte {
	switch {
	case isCase:
		return func(request []byte) []byte { return server.RunCase(bus.Hello(), bus.New, request) }
	case layout.OnePerProcess:
		parent := server.NewParent(bus.Hello(), progress, func() *exec.Cmd {
			return exec.Command("/proc/self/exe", caseFlag)
		})
		return parent.Reply
	}
	started := server.Start(bus.Hello(), bus.New)
	started.Progress(progress)
	return started.Reply
}
