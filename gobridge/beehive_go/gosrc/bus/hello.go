package bus

import (
	"beehivebridge/layout"
	"beehivebridge/wire"
)

// window is two batches of a hundred programs: one runs while the other waits.
const window = 200

// Hello says which version of beehive was built into this process, and what can be judged of it.
//
// The capabilities are the suite's names. There is no registration, because beehive does not read a modules.yaml.
func Hello() *wire.Hello {
	var capabilities []string
	if layout.HasFields {
		capabilities = append(capabilities, "fields")
	}
	if catchesLogs {
		capabilities = append(capabilities, "logs")
	}
	capabilities = append(capabilities, "message_parts", "messages")
	return &wire.Hello{
		Name: "KubeEdge beehive", Version: layout.Version, Language: "Go", Capabilities: capabilities, Window: window,
	}
}
