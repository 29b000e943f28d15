"""Write results/README.md: every artifact of a study and every column, from the classes that name the columns."""

import argparse
import inspect
from pathlib import Path

from mtalign.parquet import replacing
from mtalign.presentation.words import kinds, type_name, where, words

_OTHERS = {
    "models/<model>/": "A base model: a Hugging Face folder.",
    "runs/<model>/<task>/<method>/seeds-<seeds>/policies/seed-<seed>/": "A trained policy: a Hugging Face folder.",
    "tables/<name>.csv": "The same rows as the parquet beside it, for people.",
    "tables/<name>.tex": "The same, for LaTeX (booktabs, graphicx); the long tables have none.",
    "figures/<name>.pdf, .png": "The figures.",
    "report/index.html": "The report; open it from disk. It links to `tables/` and `figures/`: keep them together.",
    "logs/<...>.log": "What each job said.",
    "benchmarks/<...>.tsv": "How long each job took and how much memory it used; wall times are nowhere else.",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="markdown")
    path = parser.parse_args().output
    parts = [
        "# What lies here\n",
        "Every parquet file says in its metadata (`mtalign`) which inputs, by SHA-256, and which parameters made it.",
        "Shares are between 0 and 1. This file is made from the schemas; do not edit it.\n",
        *(f"- `{place}`: {what}" for place, what in _OTHERS.items()),
    ]
    for kind in kinds():
        parts += [f"\n## {kind.kind()}\n", f"`{where(kind)}`\n", f"{inspect.getdoc(kind)}\n"]
        parts += ["| column | type | what it is |", "|---|---|---|"]
        said = words(kind)
        parts += [f"| {field.name} | {type_name(field.type)} | {said[field.name]} |" for field in kind.schema()]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
