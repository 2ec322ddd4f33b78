// Package find finds in the types of a module how its context is made and used.
package find

import (
	"errors"
	"fmt"
	"go/types"
	"sort"
	"strings"
)

// Context is a type with the nine operations.
type Context struct {
	// Type is what has the operations: a pointer to a named type, or an interface.
	Type types.Type
	// Message is the type of the messages.
	Message *types.Named
	// Methods has the operations by their names.
	Methods map[string]Method
	// Constructor is the function without parameters that makes it, or nil.
	Constructor *types.Func
	// Fields tells whether it has the three documented maps, with their names and types.
	Fields bool
	// Zero tells whether a zero value in which the maps are set is a new context, which shares nothing with others.
	Zero bool
	// Klog tells whether the package logs by klog.
	Klog bool

	of      Package
	missing []string
	chans   bool // whether a channel of messages can be reached from its fields
}

// Find returns the context over channels in the packages of a module.
//
// The error says what is missing, with the package, the type and the method.
func Find(packages []Package) (*Context, error) {
	var all, networked []*Context
	for _, each := range packages {
		for _, candidate := range candidates(each.Types) {
			context := examine(candidate, each)
			switch {
			case context == nil:
			case each.Network && !context.Fields:
				networked = append(networked, context)
			default:
				all = append(all, context)
			}
		}
	}
	if len(all) == 0 && len(networked) > 0 {
		return nil, fmt.Errorf("no type over channels has operations; %s is over a network", names(networked))
	}
	if len(all) == 0 {
		return nil, errors.New("no public type has operations")
	}
	// A type over channels comes before one that has more of the operations.
	for _, preferred := range []func(*Context) bool{
		func(c *Context) bool { return c.Fields },
		func(c *Context) bool { return c.chans },
	} {
		if some := only(all, preferred); len(some) > 0 {
			all = some
			break
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return len(all[i].missing) < len(all[j].missing) })
	found := all[0]
	if len(found.missing) > 0 {
		return nil, fmt.Errorf("%s lacks %s", found.name(), strings.Join(found.missing, "; "))
	}
	if whole := only(all, func(c *Context) bool { return len(c.missing) == 0 }); len(whole) > 1 {
		return nil, fmt.Errorf("each of %s has the nine operations, and nothing tells which is over channels", names(whole))
	}
	if path := found.of.Types.Path(); strings.Contains(path+"/", "/internal/") {
		return nil, fmt.Errorf("%s is in an internal package, which cannot be imported", found.name())
	}
	if problems := messageProblems(found.Message); len(problems) > 0 {
		return nil, fmt.Errorf("the message %s lacks %s", typeName(found.Message), strings.Join(problems, "; "))
	}
	if !found.Zero && found.Constructor == nil {
		return nil, fmt.Errorf("%s lacks a public function without parameters that returns it", found.name())
	}
	return found, nil
}

func names(all []*Context) string {
	var names []string
	for _, each := range all {
		names = append(names, each.name())
	}
	return strings.Join(names, ", ")
}

func only(all []*Context, holds func(*Context) bool) []*Context {
	var some []*Context
	for _, each := range all {
		if holds(each) {
			some = append(some, each)
		}
	}
	return some
}

func (c *Context) name() string { return typeName(c.Type) }

func typeName(t types.Type) string { return strings.TrimPrefix(types.TypeString(t, nil), "*") }

// candidate is a type, with the functions that return it.
type candidate struct {
	named        *types.Named
	constructors []*types.Func
}

// candidates returns the types of a package that are public or that a public function returns.
func candidates(pkg *types.Package) []*candidate {
	var all []*candidate
	byName := map[*types.TypeName]*candidate{}
	of := func(named *types.Named) *candidate {
		known := byName[named.Obj()]
		if known == nil {
			known = &candidate{named: named}
			byName[named.Obj()] = known
			all = append(all, known)
		}
		return known
	}
	for _, name := range pkg.Scope().Names() {
		switch object := pkg.Scope().Lookup(name).(type) {
		case *types.TypeName:
			if named, ok := object.Type().(*types.Named); ok && object.Exported() && named.TypeParams().Len() == 0 {
				of(named)
			}
		case *types.Func:
			signature := object.Signature()
			variadic := signature.Variadic() && signature.Params().Len() == 1
			if !object.Exported() || signature.TypeParams().Len() > 0 || signature.Results().Len() != 1 ||
				signature.Params().Len() > 0 && !variadic {
				continue
			}
			result := types.Unalias(signature.Results().At(0).Type())
			if pointer, ok := result.(*types.Pointer); ok {
				result = types.Unalias(pointer.Elem())
			}
			if named, ok := result.(*types.Named); ok && named.Obj().Pkg() == pkg && named.TypeArgs().Len() == 0 {
				known := of(named)
				known.constructors = append(known.constructors, object)
			}
		}
	}
	return all
}

// examine returns what a type is as a context, or nil if it has none of the operations.
func examine(found *candidate, of Package) *Context {
	context := &Context{Type: found.named, Methods: map[string]Method{}, of: of, Klog: of.Klog}
	if !types.IsInterface(found.named) {
		context.Type = types.NewPointer(found.named)
	}
	signatures := map[string]*types.Signature{}
	methods := types.NewMethodSet(context.Type)
	for i := range methods.Len() {
		if function, ok := methods.At(i).Obj().(*types.Func); ok && function.Exported() {
			signatures[function.Name()] = methods.At(i).Type().(*types.Signature)
		}
	}
	context.Message = messageOf(signatures)
	var ofMessage types.Type
	if context.Message != nil {
		ofMessage = context.Message
	}
	for _, operation := range operations {
		declared := signatures[operation.name]
		if declared == nil {
			context.missing = append(context.missing, "the method "+operation.documented())
			continue
		}
		method, fits := operation.method(declared, ofMessage)
		if !fits {
			context.missing = append(context.missing, fmt.Sprintf("the method %s: it is declared %s%s",
				operation.documented(), operation.name, strings.TrimPrefix(types.TypeString(declared, shortName), "func")))
			continue
		}
		context.Methods[operation.name] = method
	}
	if len(context.missing) == len(operations) {
		return nil
	}
	context.Constructor = preferred(found.constructors)
	if fields, ok := found.named.Underlying().(*types.Struct); ok && context.Message != nil {
		context.Fields = hasMaps(fields, context.Message)
		context.Zero = context.Fields && found.named.Obj().Exported() && restIsSync(fields) &&
			!sharesState(of.Files, found.named.Obj().Name())
		context.chans = reaches(fields, context.Message, map[types.Type]bool{})
	}
	return context
}

func shortName(pkg *types.Package) string { return pkg.Name() }

// messageOf returns the type of what Receive returns.
func messageOf(signatures map[string]*types.Signature) *types.Named {
	receive := signatures["Receive"]
	if receive == nil || receive.Results().Len() == 0 {
		return nil
	}
	named, ok := types.Unalias(receive.Results().At(0).Type()).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || !named.Obj().Exported() {
		return nil
	}
	return named
}

// preferred returns the constructor with the shortest name that begins with New, or with the shortest name.
func preferred(constructors []*types.Func) *types.Func {
	var best *types.Func
	rank := func(f *types.Func) string {
		isNew := 1
		if strings.HasPrefix(f.Name(), "New") {
			isNew = 0
		}
		return fmt.Sprintf("%d %04d %s", isNew, len(f.Name()), f.Name())
	}
	for _, each := range constructors {
		if best == nil || rank(each) < rank(best) {
			best = each
		}
	}
	return best
}

// Maps are the documented maps of a context, and whether each is a map of maps.
var Maps = map[string]bool{"channels": false, "typeChannels": true, "anonChannels": false}

func hasMaps(fields *types.Struct, message types.Type) bool {
	one := types.NewMap(types.Typ[types.String], types.NewChan(types.SendRecv, message))
	ofMaps := types.NewMap(types.Typ[types.String], one)
	count := 0
	for i := range fields.NumFields() {
		field := fields.Field(i)
		isOfMaps, documented := Maps[field.Name()]
		if documented && (isOfMaps && types.Identical(field.Type(), ofMaps) || !isOfMaps && types.Identical(field.Type(), one)) {
			count++
		}
	}
	return count == len(Maps)
}

// restIsSync tells whether all other fields are ready to use as zero values.
func restIsSync(fields *types.Struct) bool {
	for i := range fields.NumFields() {
		field := fields.Field(i)
		if _, documented := Maps[field.Name()]; documented {
			continue
		}
		named, ok := types.Unalias(field.Type()).(*types.Named)
		if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != "sync" {
			return false
		}
	}
	return true
}

// reaches tells whether a channel of messages is held by a type, directly or by what it holds.
func reaches(in types.Type, message types.Type, seen map[types.Type]bool) bool {
	in = types.Unalias(in)
	if seen[in] {
		return false
	}
	seen[in] = true
	switch in := in.(type) {
	case *types.Chan:
		element := in.Elem()
		if pointer, ok := types.Unalias(element).(*types.Pointer); ok {
			element = pointer.Elem()
		}
		return types.Identical(element, message) || reaches(element, message, seen)
	case *types.Named:
		return reaches(in.Underlying(), message, seen)
	case *types.Struct:
		for i := range in.NumFields() {
			if reaches(in.Field(i).Type(), message, seen) {
				return true
			}
		}
	case *types.Map:
		return reaches(in.Key(), message, seen) || reaches(in.Elem(), message, seen)
	case *types.Pointer:
		return reaches(in.Elem(), message, seen)
	case *types.Slice:
		return reaches(in.Elem(), message, seen)
	case *types.Array:
		return reaches(in.Elem(), message, seen)
	}
	return false
}
