// Command library is the shared library: one request in, one answer out.
package main

// #include <stdint.h>
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"os"
	"unsafe"

	"beehivebridge/bus"
	"beehivebridge/server"
)

var (
	serving *server.Server
	problem = bus.Usable()
)

func init() {
	if problem == nil {
		problem = bus.CatchLogs()
	}
	if problem == nil {
		serving = server.Start(bus.New)
	}
}

// BeehiveReply answers a request of size bytes; the caller frees what it returns with BeehiveFree.
//
//export BeehiveReply
func BeehiveReply(request unsafe.Pointer, size C.size_t, answerSize *C.size_t) unsafe.Pointer {
	answer := serving.Reply(unsafe.Slice((*byte)(request), int(size)))
	*answerSize = C.size_t(len(answer))
	return C.CBytes(answer)
}

// BeehiveFree frees an answer.
//
//export BeehiveFree
func BeehiveFree(answer unsafe.Pointer) { C.free(answer) }

// BeehiveStart says with 0 that the library can be used, with the file descriptor for progress, or -1.
//
//export BeehiveStart
func BeehiveStart(progress C.int) C.int {
	if problem != nil {
		fmt.Fprintln(os.Stderr, problem)
		return 1
	}
	serving.Progress(int(progress))
	return 0
}

func main() {}
