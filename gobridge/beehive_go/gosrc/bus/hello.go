package bus

import (
	"runtime/debug"

	"beehivebridge/wire"
)

const modulePath = "github.com/kubeedge/beehive"

// capabilities are the suite's names for what this package can show. There is no registration, because beehive does not
// read a modules.yaml.
var capabilities = []string{"fields", "logs", "message_parts", "messages"}

// window is two batches of a hundred programs: one runs while the other waits.
const window = 200

// Hello says which version of beehive was built into this process, and what can be judged of it.
func Hello() *wire.Hello {
	return &wire.Hello{
		Name: "KubeEdge beehive", Version: moduleVersion(), Language: "Go", Capabilities: capabilities, Window: window,
	}
}

func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == modulePath {
				return dependency.Version
			}
		}
	}
	return "unknown"
}
