"""Models with one contract: fit, predict, and forecasts from many origins at once."""
