"""Changing the world: a spec becomes manifests, a reviewed change, a running service, through the one writer."""
