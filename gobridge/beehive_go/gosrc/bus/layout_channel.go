//go:build !beehive_context

package bus

import (
	"github.com/kubeedge/beehive/pkg/common"
	"github.com/kubeedge/beehive/pkg/core/channel"
)

// beehive is the type of the context, which has been in pkg/core/channel since v1.9.
type beehive = channel.Context

func addModule(context *beehive, name string) {
	context.AddModule(&common.ModuleInfo{ModuleName: name, ModuleType: common.MsgCtxTypeChannel})
}
