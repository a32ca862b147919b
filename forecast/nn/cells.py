"""The registry of cells: a record in a dict registers one; there is no base class."""

from forecast.errors import SettingError
from forecast.nn.cell import Cell
from forecast.nn.gru import GRU
from forecast.nn.lstm import LSTM
from forecast.nn.simple_rnn import SIMPLE_RNN

CELLS: dict[str, Cell] = {cell.name: cell for cell in (SIMPLE_RNN, GRU, LSTM)}


def cell_named(name: object) -> Cell:
    """Find a cell by its name in any spelling: `gru`, `GRU`, `SimpleRNN`, `simple-rnn`.

    Raises:
        SettingError: there is no such cell; the message lists the choices.
    """
    plain = str(name).lower().replace("_", "").replace("-", "")
    for cell in CELLS.values():
        if plain in (cell.name.replace("_", ""), cell.label.lower()):
            return cell
    listed = ", ".join(repr(known) for known in CELLS)
    raise SettingError(f"`cell` must be one of {listed}; got {name!r}.")
