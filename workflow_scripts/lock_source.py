"""Lock a source of the Hugging Face hub: its full commit, and the sha256 of its files. Users commit what this writes.

An entry that is there stays as it is; this only makes sure that the config still asks for the same.
"""

from mtalign.cli import add_paths, log, parser, run
from mtalign.data import hub


def main() -> None:
    args = add_paths(parser(__doc__), output="the source's lock entry, json").parse_args()
    if not args.output.exists():
        hub.lock(args.spec, args.output)
    entry = hub.read_lock(args.output, args.spec)
    log.info("%s is locked at %s, %d files", args.spec["hub"], entry["commit"], len(entry["sha256"]))


if __name__ == "__main__":
    run(main, pandas=False)
