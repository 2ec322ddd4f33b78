package wire

import "github.com/tinylib/msgp/msgp"

// ProtocolVersion is the version of the suite's protocol that this package follows.
const ProtocolVersion = 1

// Hello describes the implementation in a worker, and what can be judged of it.
type Hello struct {
	Name, Version, Language string
	Capabilities            []string // by their names in the suite
	Window                  int64    // programs that may be in flight at once
}

// AppendHello writes the hello of a worker whose clock is virtual.
func AppendHello(b []byte, hello *Hello) []byte {
	b = msgp.AppendMapHeader(b, 8)
	for _, field := range [][2]string{
		{"type", "hello"}, {"name", hello.Name}, {"version", hello.Version}, {"language", hello.Language},
		{"time", "virtual"},
	} {
		b = msgp.AppendString(b, field[0])
		b = msgp.AppendString(b, field[1])
	}
	b = msgp.AppendString(b, "protocol")
	b = msgp.AppendInt64(b, ProtocolVersion)
	b = msgp.AppendString(b, "capabilities")
	b = appendNames(b, hello.Capabilities)
	b = msgp.AppendString(b, "window")
	return msgp.AppendInt64(b, hello.Window)
}
