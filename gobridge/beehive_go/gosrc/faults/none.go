//go:build !faults

// Package faults plants faults in builds for tests. In other builds it does nothing.
package faults

// Trigger does nothing.
func Trigger(string) {}
