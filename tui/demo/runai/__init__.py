"""The embedded Run:ai control plane: its published REST API over the simulated cluster's objects."""
