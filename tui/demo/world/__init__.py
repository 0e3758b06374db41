"""The simulated world behind the embedded cluster: what is seeded, the controllers that live in it, and its load."""
