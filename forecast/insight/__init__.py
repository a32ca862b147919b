"""Memory: what a fitted network uses of its window, and where its gradient goes."""
