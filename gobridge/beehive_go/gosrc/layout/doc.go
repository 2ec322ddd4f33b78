// Package layout is the one way to a context of the module under judgment.
//
// The rest of it is written by cmd/adapt for each build, from the types of the module, and is not kept here.
package layout
