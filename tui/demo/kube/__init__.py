"""The embedded cluster's Kubernetes API: HTTP over an ``ObjectStore``, as kube-apiserver 1.30 to 1.36 answers."""
