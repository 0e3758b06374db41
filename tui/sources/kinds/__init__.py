"""One file a kind of Kubernetes object: what is decoded of it and which model value it becomes."""
