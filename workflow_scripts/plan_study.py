"""What a study would take, without running it: its jobs by stage, time and storage; what is cached and what remains.
Jobs that need longer than a cluster would let them run are named at the end.

The jobs are Snakemake's own dry run. Times and sizes are estimates from config/throughputs.csv, which has the sources.
"""

import argparse
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq
from mtalign.study.cost_estimate import GPU, LAB, Cost, Estimator, Job, Table, read_dry_run

_TABLE = Path(__file__).parents[1] / "config" / "throughputs.csv"
_DEVICES = {LAB: "CPU", GPU: "GPU"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configfiles", nargs="*", metavar="config", help="overlays over config.yaml")
    parser.add_argument("--target", default="all", help="a target or a file")
    args = parser.parse_args()
    jobs = _dry_run(args.target, args.configfiles, "--forceall")
    remaining = {job.output for job in _dry_run(args.target, args.configfiles)}
    there = [path for job in jobs if job.rule == "prepare_data" for path in job.output if Path(path).exists()]
    table = Table(_TABLE)
    estimator = Estimator(jobs, table, {path: pq.read_metadata(path).num_rows for path in there})
    costs = {job: estimator.cost(job) for job in jobs}
    _print_stages(jobs, costs, remaining)
    _print_notes(table, sorted(estimator.assumed))
    _print_too_long([job for job in jobs if job.output in remaining], costs)


def _dry_run(target: str, configfiles: list[str], *options: str) -> list[Job]:
    command = [sys.executable, "-m", "snakemake", target, "--dry-run", "--printshellcmds", "--cores", "1", *options]
    command += ["--configfile", *configfiles] if configfiles else []
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}error: Snakemake cannot plan this study (see above)")
    return read_dry_run(done.stdout + done.stderr)


def _print_stages(jobs: list[Job], costs: dict[Job, Cost], remaining: set[tuple[str, ...]]) -> None:
    stages: dict[tuple[str, str], list[Job]] = defaultdict(list)
    for job in jobs:
        stages[job.rule, costs[job].scale].append(job)
    columns = ["jobs", "cached", "remain", "in all", "remain", "kept", "longest", "may take"]
    print(f"{'stage':24}{'on':>5}" + "".join(f"{name:>11}" for name in columns))
    for (rule, scale), members in stages.items():
        left = [job for job in members if job.output in remaining]
        asked = members[0].hours_asked
        cells = [f"{count:,}" for count in (len(members), len(members) - len(left), len(left))]
        cells += [_time(_hours(members, costs)), _time(_hours(left, costs))]
        cells += [_size(sum(costs[job].kept for job in members)), _time(max(costs[job].hours for job in members))]
        cells += [_time(asked) if asked else "-"]
        print(f"{rule:24}{_DEVICES[scale]:>5}" + "".join(f"{cell:>11}" for cell in cells))
    left = [job for job in jobs if job.output in remaining]
    print(f"\n{len(jobs):,} jobs: {len(jobs) - len(left):,} cached, {len(left):,} remain.")
    for scale, device in _DEVICES.items():
        members, rest = ([job for job in some if costs[job].scale == scale] for some in (jobs, left))
        if members:
            print(f"{device} time: {_time(_hours(members, costs))}, of which {_time(_hours(rest, costs))} remain.")
    kept, most = sum(costs[job].kept for job in jobs), max(costs[job].at_work for job in jobs)
    print(f"Storage: {_size(kept)} of weights and responses; checkpoints, up to {_size(most)} a running training job.")


def _hours(jobs: list[Job], costs: dict[Job, Cost]) -> float:
    return sum(costs[job].device_hours for job in jobs)


def _time(hours: float) -> str:
    if hours >= 1:
        return f"{hours:,.1f} h"
    return f"{hours * 60:.1f} min" if hours >= 1 / 60 else f"{hours * 3600:.1f} s"


def _size(count: float) -> str:
    unit, factor = next((u, f) for u, f in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)) if count >= f or u == "MB")
    return f"{count / factor:,.1f} {unit}"


def _print_notes(table: Table, assumed: list[str]) -> None:
    if assumed:
        print(f"\nSizes assumed until `snakemake data` has run: {', '.join(assumed)}")
    print(f"\nEstimates, from {_TABLE.parent.name}/{_TABLE.name}:")
    for row in table.rows:
        if (row["scale"], row["quantity"]) in table.used:
            what = f"{row['quantity'].replace('_', ' ')}: {row['value']} {row['unit']}"
            print(f"  {row['scale']}: {what} ({row['source']})")


def _print_too_long(jobs: list[Job], costs: dict[Job, Cost]) -> None:
    """The jobs that a cluster would end before they are done."""
    late: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        if job.hours_asked and costs[job].hours > job.hours_asked:
            late[job.rule].append(job)
    for rule, members in late.items():
        asked, longest = _time(members[0].hours_asked), _time(max(costs[job].hours for job in members))
        what = f"{len(members):,} {rule} jobs may take {asked} and need up to {longest}"
        print(f"\nTOO LONG: {what}. Raise cluster.jobs.{rule}.minutes, or split them.")


if __name__ == "__main__":
    main()
