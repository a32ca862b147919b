"""Stage 4: the failures of all partitions in one file, and what was counted."""

import csv
import json
from typing import Any

from forecast.batch.forecasting import value_columns
from forecast.batch.task import Work
from forecast.files import renamed, write_whole


def finish(work: Work) -> dict[str, Any]:
    """Write `failures.csv` and, as the last file of all, `summary.json`; return the latter."""
    plan, folder = work.plan, work.folder
    counts = {"series": 0, "left_out": 0, "rows": 0}
    with renamed(folder.failures) as temporary, temporary.open("w", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("unique_id", "reason"))
        for number in range(plan.partitions):
            told = json.loads(folder.told(number).read_text(encoding="utf-8"))
            for name in counts:
                counts[name] += told[name]
            out.writerows(told["failures"].items())
    # No times and no numbers of workers: the same run writes the same bytes.
    said = {
        "version": plan.version,
        **counts,
        "forecast": counts["series"] - counts["left_out"],
        "partitions": plan.partitions,
        "horizon": plan.horizon,
        "levels": list(plan.levels),
        "columns": ["unique_id", "ds", *value_columns(plan)],
    }
    write_whole(folder.summary, (json.dumps(said, indent=1) + "\n").encode())
    return said
