"""Measuring at scale: what composes the benchmark engine with the cluster."""
