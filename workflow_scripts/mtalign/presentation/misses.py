"""How a missed expectation of a base model is told, in a job's log and in the last lines of a run.

Standard library only: the workflow's own process says it too. Must not know who asks.
"""

from collections.abc import Mapping


def told(row: Mapping) -> str:
    """A row of the table `expectations` in a sentence; numbers may be text, as a csv has them."""
    measured, low, high = (float(row[name]) for name in ("measured", "low", "high"))
    return (
        f"{row['model']}, seed {row['seed']}, on {row['task']} ({row['expect']}): {row['quantity']} is {measured:.3f}, "
        f"outside {low:.3g} to {high:.3g}"
    )
