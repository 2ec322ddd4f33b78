//go:build beehive_context

package bus

import "github.com/kubeedge/beehive/pkg/core/context"

// beehive is the type of the context, which was in pkg/core/context up to v1.8.
type beehive = context.ChannelContext

func addModule(context *beehive, name string) { context.AddModule(name) }
