"""Conversion of messages to the JSON of KubeEdge's Go code and back."""
