"""The benchmark engine: prompts, load generator, statistics, sweeps and search, results. It knows no terminal."""
