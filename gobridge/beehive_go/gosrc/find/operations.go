package find

import (
	"fmt"
	"go/types"
	"strings"
)

// An operation that a context has, with its documented parameters.
type operation struct {
	name       string
	parameters []kind
	results    []kind // without an error that may be added
}

// A kind of parameter or result.
type kind int

const (
	text     kind = iota // a string
	message              // a message by value
	duration             // a time.Duration
	failure              // an error
	info                 // the name of a module, or a struct with its name
)

// addModule is also given by a struct with the name of the module.
const addModule = "AddModule"

var operations = []operation{
	{"SendToGroupSync", []kind{text, message, duration}, []kind{failure}},
	{"SendToGroup", []kind{text, message}, nil},
	{"SendSync", []kind{text, message, duration}, []kind{message, failure}},
	{"SendResp", []kind{message}, nil},
	{"Send", []kind{text, message}, nil},
	{"Receive", []kind{text}, []kind{message, failure}},
	{addModule, []kind{info}, nil},
	{"AddModuleGroup", []kind{text, text}, nil},
	{"Cleanup", []kind{text}, nil},
}

// nameField and typeField are the fields of the struct with which a module is added.
const (
	nameField = "ModuleName"
	typeField = "ModuleType"
)

// documented returns how the documents declare the operation.
func (o operation) documented() string {
	words := map[kind]string{
		text: "string", message: "Message", duration: "time.Duration", failure: "error",
		info: "string or a struct with " + nameField,
	}
	list := func(kinds []kind) string {
		var all []string
		for _, each := range kinds {
			all = append(all, words[each])
		}
		return strings.Join(all, ", ")
	}
	results := list(o.results)
	if len(o.results) > 1 {
		results = "(" + results + ")"
	}
	return strings.TrimSpace(fmt.Sprintf("%s(%s) %s", o.name, list(o.parameters), results))
}

// Method is an operation as a context declares it.
type Method struct {
	Name string
	// Fails tells whether it returns an error that is not documented.
	Fails bool
	// Info is the struct with which AddModule is called, or nil if it is called with a name.
	Info *types.Named
	// Pointer tells whether the struct is passed by its address.
	Pointer bool
	// Typed tells whether the struct has a field for the type of the module.
	Typed     bool
	signature *types.Signature
}

// method matches a declared method with an operation; it returns false if it cannot be called as documented.
func (o operation) method(signature *types.Signature, ofMessage types.Type) (Method, bool) {
	found := Method{Name: o.name, signature: signature}
	if signature.Variadic() || signature.Params().Len() != len(o.parameters) {
		return found, false
	}
	for i, wanted := range o.parameters {
		given := signature.Params().At(i).Type()
		if wanted == info {
			if !found.take(given) {
				return found, false
			}
		} else if !wanted.is(given, ofMessage) {
			return found, false
		}
	}
	results := signature.Results()
	if results.Len() == len(o.results)+1 && len(o.results) == 0 && failure.is(results.At(0).Type(), nil) {
		found.Fails = true
		return found, true
	}
	if results.Len() != len(o.results) {
		return found, false
	}
	for i, wanted := range o.results {
		if !wanted.is(results.At(i).Type(), ofMessage) {
			return found, false
		}
	}
	return found, true
}

func (k kind) is(given, ofMessage types.Type) bool {
	switch k {
	case text:
		return types.Identical(given, types.Typ[types.String])
	case message:
		return ofMessage != nil && types.Identical(given, ofMessage)
	case duration:
		named, ok := types.Unalias(given).(*types.Named)
		return ok && named.Obj().Name() == "Duration" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "time"
	case failure:
		return types.Identical(given, types.Universe.Lookup("error").Type())
	}
	return false
}

// take notes how a module is named in a call of AddModule.
func (m *Method) take(given types.Type) bool {
	if text.is(given, nil) {
		return true
	}
	if pointer, ok := types.Unalias(given).(*types.Pointer); ok {
		m.Pointer, given = true, pointer.Elem()
	}
	named, ok := types.Unalias(given).(*types.Named)
	if !ok || !named.Obj().Exported() {
		return false
	}
	fields, ok := named.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	m.Info = named
	hasName := false
	for i := range fields.NumFields() {
		if field := fields.Field(i); text.is(field.Type(), nil) {
			hasName = hasName || field.Name() == nameField
			m.Typed = m.Typed || field.Name() == typeField
		}
	}
	return hasName
}
