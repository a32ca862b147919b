"""Series, windows, scaling, splits, readers and bundled samples."""
