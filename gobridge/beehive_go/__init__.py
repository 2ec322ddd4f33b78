"""KubeEdge's real Go beehive, unmodified, built as a worker that runs programs in virtual time."""
