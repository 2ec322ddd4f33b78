package find

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// Module is a module whose packages can be listed.
type Module struct {
	Path string   // import path of its root
	Dir  string   // folder with its sources
	Go   string   // the command of Go
	From string   // folder in which Go is run
	Args []string // options of go list that say how the module is built
}

// Package is a package of the module that declares operations, with its types.
type Package struct {
	Types *types.Package
	Files []*ast.File
	// Network tells whether it, or a package of the module that it imports, imports net.
	Network bool
	// Klog tells whether it logs by klog, itself or in a package that it imports.
	Klog bool
}

const klogPath = "k8s.io/klog/v2"

type listed struct {
	ImportPath string
	Export     string
	Imports    []string
	Deps       []string
	DepOnly    bool
	Error      *struct{ Err string }
	DepsErrors []struct{ Err string }
}

// Packages returns the packages that declare methods with the names of operations, and why others cannot be built.
func (m Module) Packages() (found []Package, problems []error, err error) {
	declaring, files, err := m.declaring()
	if err != nil {
		return nil, nil, err
	}
	if len(declaring) == 0 {
		return nil, nil, fmt.Errorf("no package of %s declares a method like %s", m.Path, operations[0].documented())
	}
	all, err := m.list(declaring)
	if err != nil {
		return nil, nil, err
	}
	exports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if found := all[path]; found != nil && found.Export != "" {
			return os.Open(found.Export)
		}
		return nil, fmt.Errorf("%s was not built", path)
	})
	for _, path := range declaring {
		info := all[path]
		if info == nil {
			continue
		}
		if problem := info.problem(); problem != nil {
			problems = append(problems, problem)
			continue
		}
		pkg, err := exports.Import(path)
		for _, each := range info.Deps {
			// Only a package that is imported itself is read whole.
			if err == nil && m.has(each) {
				_, err = exports.Import(each)
			}
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		found = append(found, Package{
			Types: pkg, Files: files[path], Network: m.network(info, all), Klog: contains(info.Deps, klogPath),
		})
	}
	return found, problems, nil
}

func (l *listed) problem() error {
	switch {
	case l.Error != nil:
		return errors.New(l.Error.Err)
	case len(l.DepsErrors) > 0:
		return errors.New(l.DepsErrors[0].Err)
	case l.Export == "":
		return fmt.Errorf("%s was not built", l.ImportPath)
	}
	return nil
}

func (m Module) network(info *listed, all map[string]*listed) bool {
	for _, each := range append([]string{info.ImportPath}, info.Deps...) {
		if own := all[each]; own != nil && m.has(each) && contains(own.Imports, "net") {
			return true
		}
	}
	return false
}

func (m Module) has(path string) bool { return path == m.Path || strings.HasPrefix(path, m.Path+"/") }

func contains(all []string, wanted string) bool {
	for _, each := range all {
		if each == wanted {
			return true
		}
	}
	return false
}

// declaring returns the import paths of the packages whose files declare a method with the name of an operation, and the
// files of every package.
//
// Only these are built, so that a package that nobody judges needs no dependencies and may be broken.
func (m Module) declaring() (paths []string, files map[string][]*ast.File, err error) {
	files = map[string][]*ast.File{}
	err = filepath.WalkDir(m.Dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return err
		}
		relative, err := filepath.Rel(m.Dir, filepath.Dir(file))
		if err != nil {
			return err
		}
		// What cannot be parsed is reported by Go, with its place.
		tree, _ := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if tree == nil || tree.Name == nil || tree.Name.Name == "main" {
			return nil
		}
		importPath := path.Join(m.Path, filepath.ToSlash(relative))
		files[importPath] = append(files[importPath], tree)
		if declaresOperation(tree) && !contains(paths, importPath) {
			paths = append(paths, importPath)
		}
		return nil
	})
	return paths, files, err
}

func declaresOperation(file *ast.File) bool {
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Recv == nil {
			continue
		}
		for _, operation := range operations {
			if function.Name.Name == operation.name {
				return true
			}
		}
	}
	return false
}

func (m Module) list(paths []string) (map[string]*listed, error) {
	fields := "-json=ImportPath,Export,Imports,Deps,DepOnly,Error,DepsErrors"
	args := append([]string{"list", "-e", "-export", "-deps", fields}, m.Args...)
	command := exec.Command(m.Go, append(args, paths...)...)
	command.Dir = m.From
	var out, complaint bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaint
	if err := command.Run(); err != nil {
		if text := strings.TrimSpace(complaint.String()); text != "" {
			return nil, errors.New(text)
		}
		return nil, err
	}
	all := map[string]*listed{}
	for decoder := json.NewDecoder(&out); ; {
		each := &listed{}
		if err := decoder.Decode(each); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[each.ImportPath] = each
	}
}
