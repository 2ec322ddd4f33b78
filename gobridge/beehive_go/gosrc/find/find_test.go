package find

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

const messagePart = `
type Message struct{}
func NewRawMessage() *Message { return nil }
func NewMessage(parent string) *Message { return nil }
func (m *Message) BuildHeader(id, parent string, time int64) *Message { return m }
func (m *Message) BuildRouter(source, group, resource, operation string) *Message { return m }
func (m *Message) FillBody(content any) *Message { return m }
func (m *Message) NewRespByMessage(of *Message, content any) *Message { return m }
func (m *Message) GetContent() any { return nil }
func (m *Message) GetGroup() string { return "" }
func (m *Message) GetID() string { return "" }
func (m *Message) GetOperation() string { return "" }
func (m *Message) GetParentID() string { return "" }
func (m *Message) GetResource() string { return "" }
func (m *Message) GetSource() string { return "" }
func (m *Message) GetTimestamp() int64 { return 0 }
func (m *Message) IsSync() bool { return false }
`

const operationsPart = `
func (c *Bus) AddModule(name string) {}
func (c *Bus) AddModuleGroup(name, group string) {}
func (c *Bus) Cleanup(name string) {}
func (c *Bus) Send(name string, m Message) {}
func (c *Bus) Receive(name string) (Message, error) { return Message{}, nil }
func (c *Bus) SendSync(name string, m Message, t time.Duration) (Message, error) { return m, nil }
func (c *Bus) SendResp(m Message) {}
func (c *Bus) SendToGroup(group string, m Message) {}
func (c *Bus) SendToGroupSync(group string, m Message, t time.Duration) error { return nil }
`

const busPart = `
type Bus struct {
	channels, anonChannels map[string]chan Message
	typeChannels map[string]map[string]chan Message
	lock sync.Mutex
}
func NewBus() *Bus { return nil }
`

const whole = messagePart + operationsPart + busPart

var std = importer.ForCompiler(token.NewFileSet(), "source", nil)

func packageOf(t *testing.T, path, declarations string) Package {
	t.Helper()
	files := token.NewFileSet()
	text := "package bus\nimport (\"errors\"; \"sync\"; \"time\")\nvar _ = errors.New\nvar _ sync.Mutex\nvar _ time.Duration\n" + declarations
	file, err := parser.ParseFile(files, "bus.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: std}
	pkg, err := config.Check(path, files, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Package{Types: pkg, Files: []*ast.File{file}}
}

func found(t *testing.T, declarations string) (*Context, error) {
	t.Helper()
	return Find([]Package{packageOf(t, "m/bus", declarations)})
}

func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in the text", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func TestAContextWithTheDocumentedMapsIsMadeAsAZeroValue(t *testing.T) {
	context, err := found(t, whole)
	if err != nil || !context.Fields || !context.Zero {
		t.Fatalf("%+v, %v", context, err)
	}
	source, err := context.Source("v1")
	if err != nil || !strings.Contains(string(source), "return &p0_bus.Bus{}") {
		t.Errorf("%s, %v", source, err)
	}
}

func TestOtherFieldsAreMadeByTheConstructor(t *testing.T) {
	for name, each := range map[string]struct {
		pairs  []string
		fields bool
	}{
		"renamed": {[]string{"typeChannels", "rooms"}, false},
		"retyped": {[]string{"chan Message\n\ttype", "chan *Message\n\ttype"}, false},
		"more":    {[]string{"lock sync.Mutex", "lock sync.Mutex; closed bool"}, true},
	} {
		context, err := found(t, replaced(t, whole, each.pairs...))
		if err != nil || context.Fields != each.fields || context.Zero || context.Constructor.Name() != "NewBus" {
			t.Errorf("%s: %+v, %v", name, context, err)
			continue
		}
		source, err := context.Source("v1")
		if err != nil || !strings.Contains(string(source), "made := p0_bus.NewBus()") ||
			!strings.Contains(string(source), "OnePerProcess = true") {
			t.Errorf("%s: %s, %v", name, source, err)
		}
	}
}

func TestContextsThatMayShareSomethingAreMadeOnePerProcess(t *testing.T) {
	for declarations, zero := range map[string]bool{
		"": true,
		"var once sync.Once\nvar only *Bus\nfunc New() *Bus { once.Do(func() { only = &Bus{channels: make(map[string]chan Message)} }); return only }": true,
		"var errGone = errors.New(\"gone\")": true,
		"var counter int":                    false,
		"var known = map[string]bool{}":      false,
		"var spare sync.Pool":                false,
		"var limit = 5":                      false,
		"func New() *Bus { b := &Bus{}; go b.Cleanup(\"\"); return b }": false,
		"func New() *Bus { b := &Bus{}; b.Cleanup(\"\"); return b }":    false,
	} {
		text := whole + "\n" + declarations + "\n"
		context, err := found(t, text)
		if err != nil || !context.Fields || context.Zero != zero {
			t.Errorf("%s: %+v, %v", declarations, context, err)
		}
	}
}

func TestAModuleIsAddedAsItsPackageDeclares(t *testing.T) {
	info := "\ntype Info struct { ModuleName, ModuleType string }\ntype Short struct { ModuleName string }\n"
	for declared, want := range map[string]string{
		"name string":  "context.AddModule(name)",
		"info *Info":   `context.AddModule(&p0_bus.Info{ModuleName: name, ModuleType: "channel"})`,
		"info Info":    `context.AddModule(p0_bus.Info{ModuleName: name, ModuleType: "channel"})`,
		"info *Short":  "context.AddModule(&p0_bus.Short{ModuleName: name})",
		"info ...Info": "",
		"number int":   "",
	} {
		text := replaced(t, whole, "AddModule(name string)", fmt.Sprintf("AddModule(%s)", declared))
		context, err := found(t, text+info)
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), "AddModule(string or a struct with ModuleName)") {
				t.Errorf("%s: %v", declared, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", declared, err)
			continue
		}
		source, err := context.Source("v1")
		if err != nil || !strings.Contains(string(source), want) {
			t.Errorf("%s: %s, %v", declared, source, err)
		}
	}
}

func TestAnErrorThatIsNotDocumentedIsReturned(t *testing.T) {
	context, err := found(t, replaced(t, whole, "Send(name string, m Message) {}", "Send(name string, m Message) error { return nil }"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := context.Source("v1")
	if err != nil || !strings.Contains(string(source), "return context.Send(module, message)") ||
		!strings.Contains(string(source), "context.Cleanup(module)\n\treturn nil") {
		t.Errorf("%s, %v", source, err)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for want, text := range map[string]string{
		"m/bus.Bus lacks the method Cleanup(string)":                                          replaced(t, whole, ") Cleanup(", ") TidyUp("),
		"m/bus.Bus lacks the method Receive(string) (Message, error): it is declared Receive": replaced(t, whole, "Receive(name string) (Message, error) { return Message{}, nil }", "Receive(name string) Message { return Message{} }"),
		"the message m/bus.Message lacks the method GetGroup() string":                        replaced(t, whole, "GetGroup", "Group"),
		"lacks the function NewMessage(string) *bus.Message":                                  replaced(t, whole, "func NewMessage(parent string)", "func NewMessage(parent, more string)"),
		"m/bus.Bus lacks a public function without parameters that returns it":                replaced(t, whole, "func NewBus()", "func NewBus(size int)", "typeChannels", "rooms"),
		"no public type has operations":                                                       messagePart,
	} {
		if _, err := found(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestOfSeveralContextsTheOneOverChannelsIsTaken(t *testing.T) {
	over := packageOf(t, "m/bus", replaced(t, whole, "typeChannels", "rooms"))
	none := packageOf(t, "m/other", messagePart+operationsPart+"type Bus struct{}")
	networked := packageOf(t, "m/socket", replaced(t, whole, "typeChannels", "rooms"))
	networked.Network = true
	context, err := Find([]Package{none, networked, over})
	if err != nil || context.name() != "m/bus.Bus" {
		t.Errorf("%+v, %v", context, err)
	}
	if _, err := Find([]Package{networked}); err == nil || !strings.Contains(err.Error(), "m/socket.Bus is over a network") {
		t.Errorf("%v for a type over a network", err)
	}
	twin := packageOf(t, "m/twin", replaced(t, whole, "typeChannels", "rooms"))
	if _, err := Find([]Package{over, twin}); err == nil || !strings.Contains(err.Error(), "each of m/bus.Bus, m/twin.Bus has") {
		t.Errorf("%v for two types", err)
	}
	lacking := packageOf(t, "m/bus", replaced(t, whole, ") Cleanup(", ") TidyUp("))
	if _, err := Find([]Package{networked, none, lacking}); err == nil || !strings.Contains(err.Error(), "m/bus.Bus lacks") {
		t.Errorf("%v for a type over channels that lacks an operation", err)
	}
}

func TestAnInternalPackageCannotBeUsed(t *testing.T) {
	_, err := Find([]Package{packageOf(t, "m/internal/bus", whole)})
	if err == nil || !strings.Contains(err.Error(), "internal package") {
		t.Errorf("%v", err)
	}
}
