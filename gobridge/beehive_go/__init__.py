"""KubeEdge's real Go beehive, unmodified, built as a shared library and run on virtual time."""
