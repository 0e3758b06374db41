"""Why, and would it fit: pure functions over a Snapshot. Nothing here asks the cluster anything."""
