"""What settings leave of a series before anything is fitted: windows, rows needed, time, memory.

Of n rows the last are set aside for the test, and before them those that calibrate and validate;
each part has at least a row for every step of the horizon k. What is left, m rows, gives

    m − timesteps − k + 1   training windows
"""

from typing import NamedTuple

from forecast.data.series import TimeSeries
from forecast.data.splits import chronological
from forecast.data.windows import windows_in
from forecast.errors import TooFewRowsError
from forecast.models.cost import fit_cost
from forecast.models.settings import ForecasterSettings
from forecast.training.memory import MOST_BYTES

PARTS = ("train", "validation", "calibration", "test")
TEST = 0.2
FLOAT = 4  # bytes
COPIES_OF_EXAMPLES = 5  # kept as float32; gathered and scaled as float64 before (as measured)
COPIES_OF_WEIGHTS = 4  # themselves, their gradient and two moments of Adam
NUMBERS_A_STEP = 10  # that a cell keeps of each step and unit for the way back, at most
MOST_ROWS = 2**40


class Preflight(NamedTuple):
    """What is left of a series for each part.

    Attributes:
        rows: of the series.
        parts: rows of each part; empty where there are too few rows to divide.
        windows: windows of each part, those across gaps left out where that is asked for.
        needed: fewest rows that leave one training window and one test window.
        timesteps: length of a window's inputs.
        horizon: length of its targets.
        season: rows in a season, two of which are needed for its factors; 1 where none are.
    """

    rows: int
    parts: dict[str, int]
    windows: dict[str, int]
    needed: int
    timesteps: int
    horizon: int
    season: int = 1

    @property
    def enough(self) -> bool:
        """Whether there is a window to train on and one to test on."""
        return self.windows.get("train", 0) > 0 and self.windows.get("test", 0) > 0

    def formula(self) -> str:
        """Return how the windows were counted, with the numbers."""
        asked = f"timesteps {self.timesteps} and horizon {self.horizon}"
        if not self.parts:
            return f"{self.rows:,} rows are too few for {asked}; at least {self.needed:,} are."
        parts = self.parts
        aside = " − ".join(f"{parts[name]:,} {name}" for name in reversed(PARTS[1:]))
        train = parts["train"]
        count = train - self.timesteps - self.horizon + 1
        said = (
            f"{self.rows:,} rows − {aside} = {train:,} training rows; "
            f"{train:,} − {self.timesteps} timesteps − {self.horizon} horizon + 1 = "
            f"{_signed(count)} training windows"
        )
        left_out = count - self.windows["train"]
        if train < 2 * self.season and self.season > 1:
            said += f", but less than two seasons of {self.season:,} rows"
        elif count > 0 and left_out:
            said += f", of which {left_out:,} were left out for gaps"
        if self.enough:
            return f"{said}."
        return f"{said}: too few. {asked.capitalize()} need at least {self.needed:,} rows."


def _signed(count: int) -> str:
    return f"{count:,}".replace("-", "−")


def preflight(series: TimeSeries, settings: ForecasterSettings, *, test: float = TEST) -> Preflight:
    """Count what settings leave of a series.

    Args:
        series: made ready, with the covariates that are read.
        settings: of the network.
        test: share of the rows in the test part, above 0 and below 1.

    Raises:
        SettingError: the shares of the parts leave nothing.
    """
    found = preflight_rows(len(series), settings, test=test, season=series.season)
    borders = _borders(len(series), settings, test)
    windows = {
        name: _count_in(series, name, borders[name], settings) if count else 0
        for name, count in found.windows.items()
    }
    return found._replace(windows=windows)


def preflight_rows(
    rows: int, settings: ForecasterSettings, *, test: float = TEST, season: int = 1
) -> Preflight:
    """Count what settings leave of so many rows without gaps; see `preflight`.

    Args:
        rows: of a series.
        settings: of the network.
        test: share of the rows in the test part.
        season: rows in a season of the series.

    Raises:
        SettingError: the shares of the parts leave nothing.
    """
    borders = _borders(rows, settings, test)
    season = _season(settings, season)
    windows = {name: _count(name, part, settings) for name, part in borders.items()}
    if not _seasons_fit(borders, season):
        windows["train"] = 0
    parts = {name: len(part) for name, part in borders.items()}
    needed = fewest_rows(settings, test=test, season=season)
    return Preflight(rows, parts, windows, needed, settings.memory, settings.block, season)


def fewest_rows(settings: ForecasterSettings, *, test: float = TEST, season: int = 1) -> int:
    """Return the fewest rows without gaps that leave one window to train on and one to test on.

    Args:
        settings: of the network.
        test: share of the rows in the test part.
        season: rows in a season; two of them must be left for training where seasonal factors are
            taken out.

    Raises:
        SettingError: the shares of the parts leave nothing.
    """
    season = _season(settings, season)
    least = settings.memory + settings.block
    low, high = least, 2 * least
    while not _leaves_windows(high, settings, test, season) and high < MOST_ROWS:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        if _leaves_windows(middle, settings, test, season):
            high = middle
        else:
            low = middle + 1
    return low


def seconds(series: TimeSeries, settings: ForecasterSettings, *, test: float = TEST) -> float:
    """Estimate the seconds of all epochs on this machine; early stopping may end sooner.

    Raises:
        TooFewRowsError: there is nothing to train on.
    """
    borders = _borders(len(series), settings, test)
    if not borders:
        raise TooFewRowsError(preflight(series, settings, test=test).formula())
    return fit_cost(settings, series.rows(0, borders["test"].start)).seconds


def memory_bytes(windows: int, settings: ForecasterSettings, columns: int = 0) -> int:
    """Estimate the bytes that training takes beside the program itself.

    Args:
        windows: of all parts before the test.
        settings: of the network.
        columns: covariates of the series.
    """
    inputs = settings.input_dim(columns)
    examples = min(windows * (settings.timesteps * inputs + settings.block) * FLOAT, MOST_BYTES)
    weights = settings.network(past=columns).parameter_count * COPIES_OF_WEIGHTS * FLOAT
    one_step = settings.hidden_units * settings.layers * NUMBERS_A_STEP * FLOAT
    steps = settings.timesteps // settings.segment
    kept = min(settings.batch_size, max(windows, 1)) * steps * one_step
    return COPIES_OF_EXAMPLES * examples + weights + kept


def _borders(rows: int, settings: ForecasterSettings, test: float) -> dict[str, range]:
    """Return the parts of so many rows, as a comparison divides them; none if they are too few."""
    try:
        whole = chronological(rows, validation=0, calibration=0, test=test, least=settings.horizon)
        before = chronological(
            whole.test.start,
            validation=settings.validation,
            calibration=settings.calibration,
            least=settings.horizon,
        )
    except TooFewRowsError:
        return {}
    return {**before._asdict(), "test": whole.test}


def _leaves_windows(rows: int, settings: ForecasterSettings, test: float, season: int) -> bool:
    borders = _borders(rows, settings, test)
    if not borders or not _seasons_fit(borders, season):
        return False
    return all(_count(name, borders[name], settings) > 0 for name in ("train", "test"))


def _count(name: str, part: range, settings: ForecasterSettings) -> int:
    """Return the windows of a part without gaps; inputs may reach back before it."""
    return max(0, part.stop - _ahead(name, settings) + 1 - max(part.start, settings.memory))


def _count_in(series: TimeSeries, name: str, part: range, settings: ForecasterSettings) -> int:
    """Return the windows of a part of a series, which may have gaps."""
    ahead = _ahead(name, settings)
    found = windows_in(series, part, timesteps=settings.memory, horizon=ahead, gaps=settings.gaps)
    return len(found)


def _ahead(name: str, settings: ForecasterSettings) -> int:
    """Return the rows ahead of a window: the horizon for the test, else those of one pass."""
    return settings.horizon if name == "test" else settings.block


def _season(settings: ForecasterSettings, season: int) -> int:
    """Return the season that factors are learned for; 1 where none are taken out."""
    if settings.seasonal_adjustment == "none":
        return 1
    return settings.season or season


def _seasons_fit(borders: dict[str, range], season: int) -> bool:
    return season <= 1 or (bool(borders) and len(borders["train"]) >= 2 * season)
