"""The embedded cluster's Kubernetes API: HTTP over an ``ObjectStore``, answering as kube-apiserver 1.30 to 1.36 does."""
