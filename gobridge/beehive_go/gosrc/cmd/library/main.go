// Command library is the worker as a shared library.
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
	serving  *server.Server
	startErr = bus.CatchLogs()
)

func init() {
	if startErr == nil {
		serving = server.Start(bus.Hello(), bus.New)
	}
}

// BeehiveStart sets the file descriptor of the progress file, or -1 for none, and returns 0 if the library can be used.
//
//export BeehiveStart
func BeehiveStart(progress C.int) C.int {
	if startErr != nil {
		fmt.Fprintln(os.Stderr, startErr)
		return 1
	}
	serving.Progress(int(progress))
	return 0
}

// BeehiveReply returns the reply to a request of size bytes; the caller frees it with BeehiveFree.
//
//export BeehiveReply
func BeehiveReply(request unsafe.Pointer, size C.size_t, replySize *C.size_t) unsafe.Pointer {
	reply := serving.Reply(unsafe.Slice((*byte)(request), int(size)))
	*replySize = C.size_t(len(reply))
	return C.CBytes(reply)
}

// BeehiveFree frees a reply.
//
//export BeehiveFree
func BeehiveFree(reply unsafe.Pointer) { C.free(reply) }

func main() {}
