"""PromQL over the embedded history: what it doesn't know it refuses by name, and never makes an answer up."""
