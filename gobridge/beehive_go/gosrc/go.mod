// The requirement of beehive itself, and what follows from it, is added for each build.
module beehivebridge

go 1.25

require (
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/tinylib/msgp v1.6.5
)
