"""Captions of figures and tables: templates in captions/, filled from the config. Must not know what is drawn how.

A caption is a line that is its title, a blank line, and a paragraph: what is shown, of how many responses and seeds,
and what bars, bands and "±" mean. Snakemake's own report fills the same files, with the same names: `snakemake.config`,
and for the result tables, which share a caption, `snakemake.rule`. It reads them as reStructuredText, which
takes pass@k for an address: there, and only there, stands a backslash before the @.
"""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from jinja2 import Environment, StrictUndefined, TemplateError

from mtalign.errors import InputError

_ENVIRONMENT = Environment(undefined=StrictUndefined)


@dataclass(frozen=True)
class Caption:
    """A title, and one paragraph of plain text."""

    title: str
    text: str


def read_caption(path: Path, config: dict, table: str = "") -> Caption:
    """The caption in a file, filled in.

    Args:
        table: the name of the table, where several have this caption.

    Raises:
        InputError: there is no such file, or it is not as described above.
    """
    if not path.exists():
        raise InputError(f"{path} is missing: write a title there, a blank line and a paragraph")
    snakemake = SimpleNamespace(config=config, rule=f"tabulate_{table}")
    try:
        filled = (
            _ENVIRONMENT.from_string(path.read_text(encoding="utf-8")).render(snakemake=snakemake).replace("\\@", "@")
        )
    except TemplateError as error:
        raise InputError(f"{path} cannot be filled from the config: {error}") from error
    title, _, text = filled.strip().partition("\n\n")
    if not text or "\n" in title:
        raise InputError(f"{path} needs a title on one line, a blank line and a paragraph")
    return Caption(title, " ".join(text.split()))
