"""Many series: the input cut into partitions, worked on side by side, and taken up again.

    from forecast.batch.api import batch

Importing this package puts it where `fc.batch` stands, so it can be called in its place.
"""

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    """A package that is called as the one function it is for."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Call `forecast.batch.api.batch`."""
        from forecast.batch.api import batch

        return batch(*given, **named)


sys.modules[__name__].__class__ = _Callable
