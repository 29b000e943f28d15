"""mtalign: does an RL result come from the method, or from a model that already knew the task?

Packages, each importing only from those after it (tests/workflow/test_style.py holds them to it):
lab -> engines -> rl -> rewards, data, probes -> judging -> tasks, statistics, presentation -> verification, artifacts,
advantages, cli, parquet -> vocabulary, errors, randomness, columns. `study`, which rules plan by, stands beside.
"""
