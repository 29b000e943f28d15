"""Take a local Hugging Face folder into the study, after checking that the study's engines can load it."""

import shutil
from pathlib import Path

from mtalign.command import add_paths, log, parser, run
from mtalign.engines.torch_policy import FILES, Stack
from mtalign.errors import InputError
from mtalign.parquet import replacing

_NEEDED = ("config.json", "tokenizer.json", "tokenizer_config.json")


def main() -> None:
    args = add_paths(parser(__doc__), output="the model's folder").parse_args()
    source, embedded = Path(args.spec["path"]), "torch" in args.spec["engines"]
    missing = [name for name in (FILES if embedded else _NEEDED) if not (source / name).exists()]
    if not missing and not any(source.glob("*.safetensors")):
        missing = ["its weights (*.safetensors)"]
    if missing:
        raise InputError(
            f"{source} lacks {', '.join(missing)}: give `path` a complete Hugging Face folder (safetensors)"
        )
    if embedded:
        try:
            log.info("%s: %d parameters", source, Stack.load([source]).weights.numel())
        except ValueError as error:
            raise InputError(f"{source}: {error}") from error
    with replacing(args.output) as temporary:
        temporary.mkdir()
        for file in source.iterdir():
            if file.suffix in (".json", ".safetensors", ".txt", ".jinja", ".model"):
                shutil.copyfile(file, temporary / file.name)


if __name__ == "__main__":
    run(main)
