module beehivebridge

go 1.25

require (
	github.com/kubeedge/beehive v1.12.0
	github.com/tinylib/msgp v1.6.5
	k8s.io/klog/v2 v2.9.0
)

require (
	github.com/go-logr/logr v0.4.0 // indirect
	github.com/google/uuid v1.2.0 // indirect
	github.com/philhofer/fwd v1.2.0 // indirect
)
