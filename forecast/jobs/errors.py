"""Errors of the training service."""

from forecast.errors import ForecastError


class BusyError(ForecastError):
    """The service takes no more runs at the moment."""
