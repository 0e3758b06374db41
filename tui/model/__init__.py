"""Values that every room speaks of: frozen, unit in the name, ``None`` where something is not known."""
