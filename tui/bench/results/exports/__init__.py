"""A run in the shapes that other tools and readers know."""
