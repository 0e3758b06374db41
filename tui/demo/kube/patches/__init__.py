"""The four ways to patch an object: JSON patch, merge, strategic merge, server-side apply. Pure functions on JSON."""
