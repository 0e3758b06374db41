"""The load generator process: users or arrivals, meters, windows; JSON lines in and out (``docs/worker.md``)."""
