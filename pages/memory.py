"""What each cell of a run remembers, and where its gradient goes."""

from dashboard.finished_run import finished_run
from dashboard.frame import MEMORY, open_screen
from dashboard.memory_examples import EXAMPLES
from dashboard.memory_views import show_memory

open_screen(MEMORY, "How far back does each cell look, and what does it keep in mind?")
finished = finished_run("picture of the memory", EXAMPLES)
if finished is not None:
    show_memory(*finished)
