// Package replies takes standard output for the replies of the worker, and lets everything else that is written to it go
// to standard error.
//
// It does so when it is initialised. Go initialises packages in the order of their import paths as soon as what they import
// is ready, so this one comes before every package of the module that can print.
package replies

import (
	"os"
	"syscall"
)

// Out is where replies are written, and Err is why there is no such place.
var Out, Err = take()

func take() (*os.File, error) {
	descriptor, err := syscall.Dup(1)
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(descriptor)
	return os.NewFile(uintptr(descriptor), "replies"), syscall.Dup3(2, 1, 0)
}
