"""Where the repository lies, and the published data, which not every machine has."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
DATA = REPOSITORY.parent / "shared" / "data"
