"""The embedded cluster's exporters and its Prometheus HTTP API: a server that shares no code with its clients."""
