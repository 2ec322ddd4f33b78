//go:build beehive_context

package bus

import "github.com/kubeedge/beehive/pkg/core/context"

// Up to v1.8 the context lives in pkg/core/context.
type beehive = context.ChannelContext

func addModule(context *beehive, name string) { context.AddModule(name) }
