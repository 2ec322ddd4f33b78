package find

import "go/ast"

// sharesState tells whether contexts of one process may share something, or lack what their constructor gives them.
//
// It looks at the variables of the package and at the functions that return the context. What it does not know is taken
// for state: that costs time, where the contrary would cost wrong verdicts.
func sharesState(files []*ast.File, context string) bool {
	for _, file := range files {
		for _, declaration := range file.Decls {
			switch declaration := declaration.(type) {
			case *ast.GenDecl:
				for _, spec := range declaration.Specs {
					if value, ok := spec.(*ast.ValueSpec); ok && declaration.Tok.String() == "var" && !isHarmless(value) {
						return true
					}
				}
			case *ast.FuncDecl:
				if declaration.Recv == nil && returns(declaration, context) && does(declaration) {
					return true
				}
			}
		}
	}
	return false
}

// isHarmless tells whether a variable cannot carry anything from one context to another.
func isHarmless(variable *ast.ValueSpec) bool {
	if len(variable.Names) == 1 && variable.Names[0].Name == "_" {
		return true
	}
	if pointer, ok := variable.Type.(*ast.StarExpr); ok && len(variable.Values) == 0 {
		// It is set by the constructor, which is not called.
		_, ok := pointer.X.(*ast.Ident)
		return ok
	}
	if variable.Type != nil && len(variable.Values) == 0 {
		return isFrom(variable.Type, "sync")
	}
	for _, value := range variable.Values {
		switch value := value.(type) {
		case *ast.CallExpr:
			if !isFrom(value.Fun, "errors") && !isFrom(value.Fun, "fmt") {
				return false
			}
		case *ast.CompositeLit:
			if !isFrom(value.Type, "sync") {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func isFrom(expression ast.Expr, pkg string) bool {
	selector, ok := expression.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	qualifier, ok := selector.X.(*ast.Ident)
	return ok && qualifier.Name == pkg && selector.Sel.Name != "Pool" && selector.Sel.Name != "Map"
}

func returns(function *ast.FuncDecl, context string) bool {
	if function.Type.Results == nil {
		return false
	}
	for _, result := range function.Type.Results.List {
		expression := result.Type
		if pointer, ok := expression.(*ast.StarExpr); ok {
			expression = pointer.X
		}
		if name, ok := expression.(*ast.Ident); ok && name.Name == context {
			return true
		}
	}
	return false
}

// does tells whether a function does more than to make values, once if it likes.
func does(function *ast.FuncDecl) bool {
	more := false
	ast.Inspect(function, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.GoStmt, *ast.DeferStmt, *ast.SendStmt:
			more = true
		case *ast.CallExpr:
			switch called := node.Fun.(type) {
			case *ast.Ident:
				more = more || called.Name != "make" && called.Name != "new"
			case *ast.SelectorExpr:
				more = more || called.Sel.Name != "Do"
			default:
				more = true
			}
		}
		return !more
	})
	return more
}
