// Command adapt writes the package layout for a module, or says what the module lacks.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"beehivebridge/find"
)

// found is printed for the program that builds the worker.
type found struct {
	OnePerProcess bool `json:"one_per_process"`
	Klog          bool `json:"klog"`
}

func main() {
	module := find.Module{}
	flag.StringVar(&module.Path, "module", "", "import path of the module")
	flag.StringVar(&module.Dir, "sources", "", "folder with the sources of the module")
	flag.StringVar(&module.From, "from", ".", "folder in which Go is run")
	flag.StringVar(&module.Go, "go", "go", "the command of Go")
	version := flag.String("version", "", "what the worker says about the version of the module")
	out := flag.String("o", "", "the file to write")
	flag.Parse()
	module.Args = flag.Args()
	if err := run(module, *version, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(module find.Module, version, out string) error {
	packages, problems, err := module.Packages()
	if err != nil {
		return err
	}
	context, err := find.Find(packages)
	if err != nil && len(problems) > 0 {
		// What is not found may be in the package that cannot be built.
		return problems[0]
	}
	if err != nil {
		return err
	}
	source, err := context.Source(version)
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, source, 0o600); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(found{OnePerProcess: !context.Zero, Klog: context.Klog})
}
