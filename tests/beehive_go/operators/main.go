// Command operators changes a copy of a Go module through its syntax tree.
//
// Its arguments are the folder of the module and changes: pkg/a=pkg/b moves a package, pkg/a.Old=New renames what the
// package declares (a type, a function, a method or a field), and pkg/a.Name+statement puts a statement before those of
// the functions and methods of this name.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

const module = "github.com/kubeedge/beehive/"

// renaming gives the new names of a package and of what it declares, and new first statements of its functions.
type renaming struct {
	folder     string
	names      map[string]string
	statements map[string]ast.Stmt
}

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(root string, arguments []string) error {
	renamings := map[string]*renaming{}
	of := func(folder string) *renaming {
		if renamings[folder] == nil {
			renamings[folder] = &renaming{folder: folder, names: map[string]string{}, statements: map[string]ast.Stmt{}}
		}
		return renamings[folder]
	}
	for _, argument := range arguments {
		if function, text, inserted := strings.Cut(argument, "+"); inserted {
			statement, err := parsed(text)
			if err != nil {
				return err
			}
			folder, name, _ := strings.Cut(function, ".")
			of(folder).statements[name] = statement
			continue
		}
		old, fresh, _ := strings.Cut(argument, "=")
		if folder, name, of1 := strings.Cut(old, "."); of1 {
			of(folder).names[name] = fresh
		} else {
			of(old).folder = fresh
		}
	}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) != ".go" {
			return err
		}
		return rewrite(root, file, renamings)
	})
	for folder, each := range renamings {
		if err == nil && folder != each.folder {
			target := filepath.Join(root, each.folder)
			if err = os.MkdirAll(filepath.Dir(target), 0o700); err == nil {
				err = os.Rename(filepath.Join(root, folder), target)
			}
		}
	}
	return err
}

func rewrite(root, file string, renamings map[string]*renaming) error {
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, file, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	folder, err := filepath.Rel(root, filepath.Dir(file))
	if err != nil {
		return err
	}
	own := renamings[filepath.ToSlash(folder)]
	if own != nil {
		tree.Name.Name = path.Base(own.folder)
	}
	imported := imports(tree, renamings)
	qualified := map[*ast.Ident]bool{}
	ast.Inspect(tree, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if qualifier, ok := selector.X.(*ast.Ident); ok {
			if other := imported[qualifier.Name]; other != nil {
				if fresh := other.names[selector.Sel.Name]; fresh != "" {
					selector.Sel.Name = fresh
				}
				qualifier.Name = path.Base(other.folder)
			}
			// What another package declares is not renamed with what this one declares.
			qualified[selector.Sel] = isImported(tree, qualifier.Name)
		}
		return true
	})
	if own != nil {
		for _, declaration := range tree.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && own.statements[function.Name.Name] != nil {
				function.Body.List = append([]ast.Stmt{own.statements[function.Name.Name]}, function.Body.List...)
			}
		}
		ast.Inspect(tree, func(node ast.Node) bool {
			if name, ok := node.(*ast.Ident); ok && !qualified[name] && own.names[name.Name] != "" {
				name.Name = own.names[name.Name]
			}
			return true
		})
	}
	var out bytes.Buffer
	if err := format.Node(&out, files, tree); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o600)
}

// parsed returns a statement without its place, so that it is printed where it is put.
func parsed(text string) (ast.Stmt, error) {
	expression, err := parser.ParseExpr("func() { " + text + " }")
	if err != nil {
		return nil, err
	}
	return expression.(*ast.FuncLit).Body.List[0], nil
}

// imports changes the paths of renamed packages and returns their renamings by the names that qualify them.
func imports(tree *ast.File, renamings map[string]*renaming) map[string]*renaming {
	found := map[string]*renaming{}
	for _, each := range tree.Imports {
		imported, _ := strconv.Unquote(each.Path.Value)
		folder, isOwn := strings.CutPrefix(imported, module)
		other := renamings[folder]
		if !isOwn || other == nil {
			continue
		}
		each.Path.Value = strconv.Quote(module + other.folder)
		if each.Name == nil {
			found[path.Base(folder)] = other
		} else {
			found[each.Name.Name] = &renaming{folder: each.Name.Name, names: other.names}
		}
	}
	return found
}

func isImported(tree *ast.File, name string) bool {
	for _, each := range tree.Imports {
		imported, _ := strconv.Unquote(each.Path.Value)
		if each.Name != nil && each.Name.Name == name || each.Name == nil && path.Base(imported) == name {
			return true
		}
	}
	return false
}
