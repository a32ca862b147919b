"""The peers, each with the settings that make it fastest; see `benchmarks.choices`."""
