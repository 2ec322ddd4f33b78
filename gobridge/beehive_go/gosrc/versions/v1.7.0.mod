module beehivebridge

go 1.25

require (
	github.com/kubeedge/beehive v1.7.0
	github.com/tinylib/msgp v1.6.5
	k8s.io/klog/v2 v2.2.0
)

require (
	github.com/go-logr/logr v0.2.0 // indirect
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/satori/go.uuid v1.2.0 // indirect
)
