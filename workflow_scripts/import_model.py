"""Take a local Hugging Face folder into the study, after checking that the study's engines can load it."""

import shutil
from pathlib import Path

from mtalign.cli import add_paths, parser, run
from mtalign.engines import interface
from mtalign.errors import InputError
from mtalign.parquet import replacing

_NEEDED = ("config.json", "tokenizer.json", "tokenizer_config.json")


def main() -> None:
    args = add_paths(parser(__doc__), output="the model's folder").parse_args()
    source = Path(args.spec["path"])
    missing = [name for name in _NEEDED if not (source / name).exists()]
    if not missing and not any(source.glob("*.safetensors")):
        missing = ["its weights (*.safetensors)"]
    if missing:
        raise InputError(
            f"{source} lacks {', '.join(missing)}: give `path` a complete Hugging Face folder (safetensors)"
        )
    try:
        for engine in args.spec["engines"]:
            interface.check(engine, source)
    except ValueError as error:
        raise InputError(f"{source}: {error}; set `training.policy: auto`, or another engine") from error
    with replacing(args.output) as temporary:
        temporary.mkdir()
        for file in source.iterdir():
            if file.suffix in (".json", ".safetensors", ".txt", ".jinja", ".model"):
                shutil.copyfile(file, temporary / file.name)


if __name__ == "__main__":
    run(main)
