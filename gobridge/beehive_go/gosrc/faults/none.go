//go:build !faults

// Package faults plants faults in builds for tests; in every other build it is empty.
package faults

// Trigger does nothing.
func Trigger(string) {}
