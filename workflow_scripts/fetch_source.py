"""Bring the files of a locked source of the Hugging Face hub into the results, after checking what came."""

from mtalign.cli import add_paths, log, parser, run
from mtalign.data import hub
from mtalign.parquet import replacing


def main() -> None:
    args = add_paths(parser(__doc__), lock="the source's lock entry, json", output="folder of its files").parse_args()
    entry = hub.read_lock(args.lock, args.spec)
    with replacing(args.output) as temporary:
        hub.fetch(entry, temporary, args.lock)
    log.info("%s at %s: %d files", args.spec["hub"], entry["commit"], len(entry["sha256"]))


if __name__ == "__main__":
    run(main, pandas=False)
