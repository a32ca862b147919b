"""Training: settings, learning-rate schedules, history, early stopping, cancellation."""
