// Command worker answers the requests that come over its standard input, each behind 4 bytes of length.
package main

import (
	"bufio"
	"encoding/binary"
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
	progress := flag.Int("progress", -1, "the file descriptor to which steps are written")
	flag.Parse()
	if err := run(*progress); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(progress int) error {
	if err := errors.Join(bus.Usable(), bus.CatchLogs()); err != nil {
		return err
	}
	// What Go code prints must not end up among the answers.
	descriptor, err := syscall.Dup(1)
	if err != nil {
		return err
	}
	if err := syscall.Dup3(2, 1, 0); err != nil {
		return err
	}
	serving := server.Start(bus.New)
	serving.Progress(progress)
	in, out := bufio.NewReader(os.Stdin), os.NewFile(uintptr(descriptor), "answers")
	for {
		request, err := read(in)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		answer := serving.Reply(request)
		framed := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(answer)), uint32(len(answer)))
		if _, err := out.Write(append(framed, answer...)); err != nil {
			return err
		}
	}
}

func read(in io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return nil, err
	}
	request := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err := io.ReadFull(in, request)
	return request, err
}
