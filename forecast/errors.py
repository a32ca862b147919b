"""Every error this package raises on purpose.

    ForecastError
    ├── SettingError            a setting outside its range or choices     (also a ValueError)
    ├── ShapeError              an array of the wrong shape                (also a ValueError)
    ├── DataError               data that cannot be used as it is          (also a ValueError)
    │   ├── ReadError           a file that cannot be read; knows row and column
    │   ├── TooFewRowsError     not enough rows for the settings
    │   └── FetchError          a source on the network gave no data; knows of a kept copy
    │       ├── UnknownTickerError   the source has no such ticker
    │       ├── UnknownPlaceError    the source has no such place
    │       ├── RateLimitedError     the source answers no more for a while
    │       ├── OfflineError         the network, or the way to the source, is away
    │       ├── BadAnswerError       the answer cannot be used: broken, foreign, implausible
    │       ├── NoRowsError          the source has nothing in the range of time
    │       └── DeadlineError        the source took longer than it may  (also a TimeoutError)
    ├── NotFittedError          predict before fit                         (also a RuntimeError)
    ├── NonFiniteLossError      training diverged; knows epoch and batch   (also an ArithmeticError)
    ├── CancelledError          cancelled before there was anything to show
    ├── BusyError               the training service takes no more runs now
    ├── ProcessError            a process for one call ended without an answer (also a RuntimeError)
    ├── ArchiveError            a model file that is broken or foreign     (also a ValueError)
    ├── StoreError              kept runs cannot be read or written
    ├── BatchError              a batch run that cannot be begun, resumed or gone on with
    └── MissingExtraError       an optional package is not installed       (also an ImportError)

A message names the thing, the rule, the value received and the remedy.
"""


class ForecastError(Exception):
    """Base of every error that this package raises on purpose."""


class SettingError(ForecastError, ValueError):
    """A setting lies outside its range or choices."""


class ShapeError(ForecastError, ValueError):
    """An array does not have the shape that was asked for."""


class DataError(ForecastError, ValueError):
    """Data cannot be used as it is."""


class ReadError(DataError):
    """A file cannot be read.

    Attributes:
        path: the file, as the caller named it.
        row: number of the offending line in the file, from 1, or None.
        column: name of the offending column, or None.
    """

    def __init__(
        self, message: str, *, path: str = "", row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(message)
        self.path, self.row, self.column = path, row, column


class TooFewRowsError(DataError):
    """The data has fewer rows than the settings need."""


class FetchError(DataError):
    """A source on the network gave no data that can be used.

    Attributes:
        kept: age in seconds of the copy of an earlier answer on this computer, or None.
    """

    kept: float | None = None


class UnknownTickerError(FetchError):
    """The source knows no such ticker."""


class UnknownPlaceError(FetchError):
    """The source knows no such place."""


class RateLimitedError(FetchError):
    """The source was asked too often, and answers no more for a while."""


class OfflineError(FetchError):
    """The network is away, or the way to the source is closed."""


class BadAnswerError(FetchError):
    """The source answered with something that cannot be used as data."""


class NoRowsError(FetchError):
    """The source knows the name, but has no rows in the range of time."""


class DeadlineError(FetchError, TimeoutError):
    """The source took longer than it may."""


class NotFittedError(ForecastError, RuntimeError):
    """A model was asked to forecast before it was fitted."""


class NonFiniteLossError(ForecastError, ArithmeticError):
    """Training diverged: the loss or the gradient is no longer a finite number.

    Attributes:
        epoch: epoch of the first non-finite value, from 1.
        batch: batch within that epoch, from 1.
    """

    def __init__(self, message: str, *, epoch: int, batch: int) -> None:
        super().__init__(message)
        self.epoch, self.batch = epoch, batch


class CancelledError(ForecastError):
    """Work was cancelled before there was anything to show."""


class BusyError(ForecastError):
    """The training service takes no more runs at the moment."""


class ProcessError(ForecastError, RuntimeError):
    """A process that was started for one call ended without an answer."""


class ArchiveError(ForecastError, ValueError):
    """A model file is broken, or is not one of ours."""


class StoreError(ForecastError):
    """What was kept cannot be read, or something cannot be kept."""


class BatchError(ForecastError):
    """A run over many series cannot be begun, taken up again, or gone on with."""


class EngineError(ForecastError, RuntimeError):
    """The engine that was asked for cannot run here."""


class EngineWarning(UserWarning):
    """The fast engine runs otherwise than it could, or not at all."""


class MissingExtraError(ForecastError, ImportError):
    """An optional package is needed and not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package `{package}`, which is not installed. "
            f'Install it with: pip install "recurrent-forecast[{extra}]"'
        )
        self.package, self.extra = package, extra
