//go:build !beehive_context

package bus

import (
	"github.com/kubeedge/beehive/pkg/common"
	"github.com/kubeedge/beehive/pkg/core/channel"
)

// Since v1.9 the context lives in pkg/core/channel.
type beehive = channel.Context

func addModule(context *beehive, name string) {
	context.AddModule(&common.ModuleInfo{ModuleName: name, ModuleType: common.MsgCtxTypeChannel})
}
