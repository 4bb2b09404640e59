"""The contract between the host and its plugins: hooks, provider types, the loader and the dispatch."""
