// Command worker replies to the requests that it reads from standard input.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"syscall"

	"beehivebridge/bus"
	"beehivebridge/server"
)

func main() {
	progress := flag.Int("progress", -1, "the file descriptor of the progress file")
	flag.Parse()
	if err := run(*progress); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(progress int) error {
	if err := errors.Join(bus.CheckLayout(), bus.CatchLogs()); err != nil {
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
	serving := server.Start(bus.Hello(), bus.New)
	serving.Progress(progress)
	in, out := bufio.NewReader(os.Stdin), os.NewFile(uintptr(descriptor), "replies")
	for {
		request, err := server.ReadFrame(in)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := server.WriteFrame(out, serving.Reply(request)); err != nil {
			return err
		}
	}
}
