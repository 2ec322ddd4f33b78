package find

import "go/types"

const (
	newRawMessage = "NewRawMessage"
	newMessage    = "NewMessage"
)

// messageProblems returns what the worker needs of a message and its package, and does not find.
func messageProblems(message *types.Named) []string {
	var (
		pkg     = message.Obj().Pkg()
		str     = types.Typ[types.String]
		number  = types.Typ[types.Int64]
		yes     = types.Typ[types.Bool]
		any     = types.NewInterfaceType(nil, nil)
		pointer = types.NewPointer(message)
	)
	type wanted struct {
		name       string
		parameters []types.Type
		result     types.Type
	}
	signature := func(each wanted) *types.Signature {
		var parameters []*types.Var
		for _, parameter := range each.parameters {
			parameters = append(parameters, types.NewParam(0, nil, "", parameter))
		}
		result := types.NewTuple(types.NewParam(0, nil, "", each.result))
		return types.NewSignatureType(nil, nil, nil, types.NewTuple(parameters...), result, false)
	}
	var problems []string
	note := func(what string, each wanted) {
		text := types.TypeString(signature(each), shortName)
		problems = append(problems, what+" "+each.name+text[len("func"):])
	}
	for _, each := range []wanted{
		{newRawMessage, nil, pointer},
		{newMessage, []types.Type{str}, pointer},
	} {
		function, ok := pkg.Scope().Lookup(each.name).(*types.Func)
		if !ok || !types.Identical(function.Type(), signature(each)) {
			note("the function", each)
		}
	}
	methods := types.NewMethodSet(pointer)
	for _, each := range []wanted{
		{"BuildHeader", []types.Type{str, str, number}, pointer},
		{"BuildRouter", []types.Type{str, str, str, str}, pointer},
		{"FillBody", []types.Type{any}, pointer},
		{"NewRespByMessage", []types.Type{pointer, any}, pointer},
		{"GetContent", nil, any},
		{"GetGroup", nil, str},
		{"GetID", nil, str},
		{"GetOperation", nil, str},
		{"GetParentID", nil, str},
		{"GetResource", nil, str},
		{"GetSource", nil, str},
		{"GetTimestamp", nil, number},
		{"IsSync", nil, yes},
	} {
		selection := methods.Lookup(pkg, each.name)
		if selection == nil || !types.Identical(selection.Type(), signature(each)) {
			note("the method", each)
		}
	}
	return problems
}
