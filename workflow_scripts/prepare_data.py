"""Load one data set and write it as parquet in verl's schema."""

from pathlib import Path

from mtalign.cli import add_paths, log, parser, run
from mtalign.data.problem_sets import in_share, prompt, write_problems
from mtalign.errors import InputError
from mtalign.parquet import provenance
from mtalign.tasks import family


def main() -> None:
    args = add_paths(parser(__doc__), output="data set, parquet").parse_args()
    spec = args.spec
    name = f"{spec['task']}/{spec['name']}"
    module = family(spec["family"])
    loaded = module.load(spec["source"], spec["seed"])
    problems = [problem for problem in loaded if in_share(problem.problem_id, spec["share"], spec["seed"])]
    if not problems:
        raise InputError(f"{name}: no problem is left of {len(loaded)}; widen its `share`, or look at its files")
    write_problems(
        args.output,
        [(prompt(spec["template"], problem.question), problem) for problem in problems],
        data_source=name,
        family=spec["family"],
        ability=module.ABILITY,
        made_by=provenance([Path(spec["source"]["path"])] if "path" in spec["source"] else [], spec),
    )
    log.info("%s: %d problems of %d", name, len(problems), len(loaded))


if __name__ == "__main__":
    run(main, pandas=False)
