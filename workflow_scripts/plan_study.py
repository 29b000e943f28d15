"""What a study would take, without running it: its jobs by stage, device-hours and storage; what is cached, what remains.

The jobs are Snakemake's own dry run. Hours and bytes are estimates from config/throughputs.csv, which names its sources.
"""

import argparse
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq
from mtalign.planning import GPU, LAB, Cost, Estimator, Job, Table, read_dry_run

_TABLE = Path(__file__).parents[1] / "config" / "throughputs.csv"
_DEVICES = {LAB: "CPU-hours", GPU: "GPU-hours"}


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
    _print_notes(table, {cost.scale for cost in costs.values()}, sorted(estimator.assumed))


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
    columns = ["jobs", "cached", "remain", "hours", "remain", "GB kept", "longest h", "asked h"]
    print(f"{'stage':24}{'device':>8}" + "".join(f"{name:>11}" for name in columns))
    for (rule, scale), members in stages.items():
        left = [job for job in members if job.output in remaining]
        asked = max((job.hours_asked or 0 for job in members), default=0)
        values = [len(members), len(members) - len(left), len(left)]
        print(
            f"{rule:24}{_DEVICES[scale][:3]:>8}"
            + "".join(f"{value:11,}" for value in values)
            + f"{_hours(members, costs):11,.2f}{_hours(left, costs):11,.2f}"
            + f"{sum(costs[job].kept for job in members) / 1e9:11,.2f}"
            + f"{max(costs[job].hours for job in members):11,.2f}"
            + (f"{asked:11,.2f}" if asked else f"{'-':>11}")
        )
    left = [job for job in jobs if job.output in remaining]
    print(f"\n{len(jobs):,} jobs, {len(jobs) - len(left):,} cached, {len(left):,} remain.")
    for scale, unit in _DEVICES.items():
        members = [job for job in jobs if costs[job].scale == scale]
        if members:
            rest = _hours([job for job in left if costs[job].scale == scale], costs)
            print(f"{_hours(members, costs):,.1f} {unit}, of which {rest:,.1f} remain.")
    kept, at_work = (sum(getattr(costs[job], name) for job in jobs) / 1e9 for name in ("kept", "at_work"))
    most = max(costs[job].at_work for job in jobs) / 1e9
    print(f"{kept:,.1f} GB kept; checkpoints take up to {most:,.1f} GB a training job while it runs.")


def _hours(jobs: list[Job], costs: dict[Job, Cost]) -> float:
    return sum(costs[job].device_hours for job in jobs)


def _print_notes(table: Table, scales: set[str], assumed: list[str]) -> None:
    if assumed:
        print(f"\nSizes assumed until `snakemake data` has run: {', '.join(assumed)}")
    print(f"\nEstimated from {_TABLE.parent.name}/{_TABLE.name}:")
    for row in table.rows:
        if row["scale"] in scales:
            print(f"  {row['scale']:4}{row['quantity']:30}{row['value']:>10} {row['unit']:22}{row['source']}")


if __name__ == "__main__":
    main()
