"""Load one data set and write it as parquet in verl's schema."""

from pathlib import Path

from mtalign.command import add_paths, log, parser, run
from mtalign.dataset import write_problems
from mtalign.io import provenance
from mtalign.tasks import family


def main() -> None:
    args = add_paths(parser(__doc__), output="data set, parquet").parse_args()
    spec = args.spec
    module = family(spec["family"])
    problems = module.load(spec["source"], spec["seed"])
    files = [Path(spec["source"]["path"])] if "path" in spec["source"] else []
    write_problems(
        args.output,
        problems,
        data_source=f"{spec['task']}/{spec['name']}",
        ability=module.ABILITY,
        template=spec["template"],
        made_by=provenance(files, spec),
    )
    log.info("%s/%s: %d problems", spec["task"], spec["name"], len(problems))


if __name__ == "__main__":
    run(main, pandas=False)
