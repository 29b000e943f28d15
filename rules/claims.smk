# From accuracies to evidence: differences with intervals, verdicts on the paper's claims, alignment as a cause. The
# claims and the paper's numbers are data, config/claims.yaml and config/paper_numbers.csv.

import csv

import yaml

CONFIG = Path(workflow.basedir) / "config"
CLAIMS = yaml.safe_load((CONFIG / "claims.yaml").read_text())
PAPER_NUMBERS = list(csv.DictReader((CONFIG / "paper_numbers.csv").open()))


rule score_solutions:
    input:
        models=lambda w: base_models(w.model),
        benchmarks=lambda w: benchmark_paths(w.task),
    output:
        f"{RESULTS}/probe/{{model}}/{{task}}.solutions.parquet",
    log:
        f"{LOGS}/probe/{{model}}/{{task}}.solutions.log",
    benchmark:
        f"{BENCHMARKS}/probe/{{model}}/{{task}}.solutions.tsv"
    conda:
        environment_of("sampler")
    resources:
        **cluster("score_solutions"),
        **engine("sampler"),
    params:
        engine=lambda w: STUDY.engine("sampler", w.model),
        code=lambda w: engine_code("score_solutions.py", "sampler", w.model),
        spec=lambda w: as_json(STUDY.solution_parameters(w.model, w.task)),
        policies=base_options,
    shell:
        "{resources.python} workflow_scripts/score_solutions.py --engine {params.engine} {resources.machine}"
        " --spec {params.spec:q} {params.policies} --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"


# Policies that learnt from one example, on the own benchmarks of the tasks that it was not from.
rule sample_elsewhere:
    input:
        run=f"{RESULTS}/runs/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}/policies",
        benchmarks=lambda w: other_benchmarks(w.task),
    output:
        f"{RESULTS}/elsewhere/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.rollouts.parquet",
    log:
        f"{LOGS}/elsewhere/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.rollouts.log",
    benchmark:
        f"{BENCHMARKS}/elsewhere/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.rollouts.tsv"
    conda:
        environment_of("sampler")
    resources:
        **cluster("sample_elsewhere"),
        **engine("sampler"),
    params:
        engine=lambda w: STUDY.engine("sampler", w.model),
        code=lambda w: engine_code("sample.py", "sampler", w.model),
        spec=lambda w: as_json(
            STUDY.sampling_parameters(Cell(w.model, w.task, w.method))
        ),
        seeds=lambda w: w.seeds.split("-"),
        policies=lambda w, input: [
            f"{input.run}/seed-{seed}" for seed in w.seeds.split("-")
        ],
    shell:
        "{resources.python} workflow_scripts/sample.py --engine {params.engine} {resources.machine}"
        " --spec {params.spec:q} --policies {params.policies} --seeds {params.seeds} --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"


rule score_elsewhere:
    input:
        rollouts=f"{RESULTS}/elsewhere/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.rollouts.parquet",
        benchmarks=lambda w: other_benchmarks(w.task),
    output:
        f"{RESULTS}/elsewhere/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.scores.parquet",
    log:
        f"{LOGS}/elsewhere/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.scores.log",
    benchmark:
        f"{BENCHMARKS}/elsewhere/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.scores.tsv"
    conda:
        "../envs/cpu.yaml"
    threads: lambda w: max(map(judging_processes, STUDY.others(w.task)))
    params:
        code=lambda w: code(
            "score_rollouts.py",
            *(
                module
                for task in STUDY.others(w.task)
                for module in family_modules(task, STUDY.benchmarks(task)[:1])
            ),
        ),
        spec=as_json(config["verification"]),
    shell:
        "python workflow_scripts/score_rollouts.py --spec {params.spec:q} --rollouts {input.rollouts}"
        " --benchmarks {input.benchmarks} --processes {threads} --output {output} > {log} 2>&1"


rule tabulate_problems:
    input:
        scores=policy_files("scores"),
        elsewhere=crossing_scores(),
    output:
        table=f"{TABLES}/problems.parquet",
        csv=f"{TABLES}/problems.csv",
    log:
        f"{LOGS}/tables/problems.log",
    benchmark:
        f"{BENCHMARKS}/tables/problems.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_problems.py"),
        spec=as_json({}),
    shell:
        "python workflow_scripts/tabulate_problems.py --spec {params.spec:q} --scores {input.scores} {input.elsewhere}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_effects:
    input:
        problems=f"{TABLES}/problems.parquet",
        map=f"{TABLES}/map.parquet",
        curves=f"{TABLES}/curves.parquet",
    output:
        table=f"{TABLES}/effects.parquet",
        csv=f"{TABLES}/effects.csv",
    log:
        f"{LOGS}/tables/effects.log",
    benchmark:
        f"{BENCHMARKS}/tables/effects.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_effects.py"),
        spec=as_json(
            {
                "benchmarks": own_benchmarks(),
                "measures": STUDY.measures(),
                "seed": config["seed"],
                "resamples": config["sampling"]["bootstrap"],
            }
        ),
    shell:
        "python workflow_scripts/tabulate_effects.py --spec {params.spec:q} --problems {input.problems} --map {input.map}"
        " --curves {input.curves}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_claims:
    input:
        problems=f"{TABLES}/problems.parquet",
        map=f"{TABLES}/map.parquet",
        curves=f"{TABLES}/curves.parquet",
    output:
        table=f"{TABLES}/claims.parquet",
        csv=report(
            f"{TABLES}/claims.csv",
            caption="../captions/tables/claims.rst",
            category="Tables",
            labels={"table": "claims"},
        ),
    log:
        f"{LOGS}/tables/claims.log",
    benchmark:
        f"{BENCHMARKS}/tables/claims.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_claims.py"),
        spec=as_json(
            {
                "benchmarks": own_benchmarks(),
                "measures": STUDY.measures(),
                "claims": CLAIMS,
                "numbers": PAPER_NUMBERS,
            }
        ),
    shell:
        "python workflow_scripts/tabulate_claims.py --spec {params.spec:q} --problems {input.problems} --map {input.map}"
        " --curves {input.curves}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_paper_numbers:
    input:
        effects=f"{TABLES}/effects.parquet",
    output:
        table=f"{TABLES}/paper_numbers.parquet",
        csv=report(
            f"{TABLES}/paper_numbers.csv",
            caption="../captions/tables/paper_numbers.rst",
            category="Tables",
            labels={"table": "paper_numbers"},
        ),
    log:
        f"{LOGS}/tables/paper_numbers.log",
    benchmark:
        f"{BENCHMARKS}/tables/paper_numbers.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_paper_numbers.py"),
        spec=as_json({"measure": STUDY.measures()[0], "numbers": PAPER_NUMBERS}),
    shell:
        "python workflow_scripts/tabulate_paper_numbers.py --spec {params.spec:q} --effects {input.effects}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_alignment_gain:
    input:
        effects=f"{TABLES}/effects.parquet",
        map=f"{TABLES}/map.parquet",
        solutions=base_files("solutions"),
    output:
        table=f"{TABLES}/alignment_gain.parquet",
        csv=report(
            f"{TABLES}/alignment_gain.csv",
            caption="../captions/tables/alignment_gain.rst",
            category="Tables",
            labels={"table": "alignment_gain"},
        ),
    log:
        f"{LOGS}/tables/alignment_gain.log",
    benchmark:
        f"{BENCHMARKS}/tables/alignment_gain.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_alignment_gain.py"),
        spec=as_json({"benchmarks": own_benchmarks()}),
    shell:
        "python workflow_scripts/tabulate_alignment_gain.py --spec {params.spec:q} --effects {input.effects} --map {input.map}"
        " --solutions {input.solutions}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_causal_cells:
    input:
        problems=f"{TABLES}/problems.parquet",
        map=f"{TABLES}/map.parquet",
        curves=f"{TABLES}/curves.parquet",
    output:
        table=f"{TABLES}/causal_cells.parquet",
        csv=f"{TABLES}/causal_cells.csv",
    log:
        f"{LOGS}/tables/causal_cells.log",
    benchmark:
        f"{BENCHMARKS}/tables/causal_cells.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_causal_cells.py"),
        spec=as_json(
            {
                "benchmarks": {"own": own_benchmarks(), "fresh": fresh_benchmarks()},
                "measures": STUDY.measures(),
                "dials": STUDY.dials(),
            }
        ),
    shell:
        "python workflow_scripts/tabulate_causal_cells.py --spec {params.spec:q} --problems {input.problems} --map {input.map}"
        " --curves {input.curves}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_causal:
    input:
        cells=f"{TABLES}/causal_cells.parquet",
    output:
        table=f"{TABLES}/causal.parquet",
        csv=report(
            f"{TABLES}/causal.csv",
            caption="../captions/tables/causal.rst",
            category="Tables",
            labels={"table": "causal"},
        ),
    log:
        f"{LOGS}/tables/causal.log",
    benchmark:
        f"{BENCHMARKS}/tables/causal.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_causal.py"),
        spec=as_json({}),
    shell:
        "python workflow_scripts/tabulate_causal.py --spec {params.spec:q} --cells {input.cells}"
        " --output {output.table} > {log} 2>&1"
