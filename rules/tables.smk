# The tables: what the figures, and people, read. Each is parquet, with a csv beside it.


rule tabulate_passk:
    input:
        scores=policy_files("scores"),
    output:
        table=f"{TABLES}/passk.parquet",
        csv=f"{TABLES}/passk.csv",
    log:
        f"{LOGS}/tables/passk.log",
    benchmark:
        f"{BENCHMARKS}/tables/passk.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_passk.py"),
        spec=as_json(
            {"seed": config["seed"], "resamples": config["sampling"]["bootstrap"]}
        ),
    shell:
        "python workflow_scripts/tabulate_passk.py --spec {params.spec:q} --scores {input.scores}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_contamination:
    input:
        completions=base_files("completions"),
    output:
        table=f"{TABLES}/contamination.parquet",
        csv=report(
            f"{TABLES}/contamination.csv",
            caption="../captions/tables/contamination.rst",
            category="Tables",
            labels={"table": "contamination"},
        ),
    log:
        f"{LOGS}/tables/contamination.log",
    benchmark:
        f"{BENCHMARKS}/tables/contamination.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_contamination.py"),
        spec=as_json({}),
    shell:
        "python workflow_scripts/tabulate_contamination.py --spec {params.spec:q} --completions {input.completions}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_expectations:
    input:
        expectations=base_files("expectations"),
    output:
        table=f"{TABLES}/expectations.parquet",
        csv=report(
            f"{TABLES}/expectations.csv",
            caption="../captions/tables/expectations.rst",
            category="Tables",
            labels={"table": "expectations"},
        ),
    log:
        f"{LOGS}/tables/expectations.log",
    benchmark:
        f"{BENCHMARKS}/tables/expectations.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_expectations.py"),
        spec=as_json({}),
    shell:
        "python workflow_scripts/tabulate_expectations.py --spec {params.spec:q} --expectations {input.expectations}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_map:
    input:
        expectations=f"{TABLES}/expectations.parquet",
        scores=[
            f"{RESULTS}/scores/{model}/{task}/{BASE}.parquet"
            for model, task in STUDY.pairs()
        ],
        completions=base_files("completions"),
    output:
        table=f"{TABLES}/map.parquet",
        csv=report(
            f"{TABLES}/map.csv",
            caption="../captions/tables/map.rst",
            category="Tables",
            labels={"table": "map"},
        ),
    log:
        f"{LOGS}/tables/map.log",
    benchmark:
        f"{BENCHMARKS}/tables/map.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_map.py"),
        spec=as_json(
            {
                "benchmarks": own_benchmarks(),
                "seed": config["seed"],
                "resamples": config["sampling"]["bootstrap"],
                "alignment_k": config["probe"]["alignment_k"],
                "contamination_fraction": config["probe"]["contamination_fraction"],
                "colours": config["probe"]["colours"],
            }
        ),
    shell:
        "python workflow_scripts/tabulate_map.py --spec {params.spec:q} --scores {input.scores}"
        " --completions {input.completions} --expectations {input.expectations} --output {output.table} > {log} 2>&1"


rule tabulate_evaluation:
    input:
        passk=f"{TABLES}/passk.parquet",
    output:
        table=f"{TABLES}/evaluation.parquet",
        csv=f"{TABLES}/evaluation.csv",
    log:
        f"{LOGS}/tables/evaluation.log",
    benchmark:
        f"{BENCHMARKS}/tables/evaluation.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_evaluation.py"),
        spec=as_json({}),
    shell:
        "python workflow_scripts/tabulate_evaluation.py --spec {params.spec:q} --passk {input.passk}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_curves:
    input:
        metrics=[
            run_path(cell, seeds, "metrics.parquet")
            for cell in STUDY.cells()
            for seeds in STUDY.seed_groups()
        ],
        evaluation=f"{TABLES}/evaluation.parquet",
    output:
        table=f"{TABLES}/curves.parquet",
        csv=f"{TABLES}/curves.csv",
    log:
        f"{LOGS}/tables/curves.log",
    benchmark:
        f"{BENCHMARKS}/tables/curves.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_curves.py"),
        spec=as_json({"benchmarks": own_benchmarks()}),
    shell:
        "python workflow_scripts/tabulate_curves.py --spec {params.spec:q} --metrics {input.metrics}"
        " --evaluation {input.evaluation} --output {output.table} > {log} 2>&1"


rule tabulate_results:
    input:
        evaluation=f"{TABLES}/evaluation.parquet",
        map=f"{TABLES}/map.parquet",
    output:
        table=f"{TABLES}/{{table}}.parquet",
        csv=report(
            f"{TABLES}/{{table}}.csv",
            caption="../captions/tables/results.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
    log:
        f"{LOGS}/tables/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/tables/{{table}}.tsv"
    wildcard_constraints:
        table="|".join(result_tables()) or "none",
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_results.py"),
        spec=lambda w: as_json({"methods": result_tables()[w.table]}),
    shell:
        "python workflow_scripts/tabulate_results.py --spec {params.spec:q} --evaluation {input.evaluation}"
        " --map {input.map} --output {output.table} > {log} 2>&1"


rule tabulate_references:
    input:
        scores=[
            f"{RESULTS}/scores/{REFERENCE}/{task}/{BASE}.parquet"
            for task in STUDY.tasks
        ],
        data=data_files(),
    output:
        table=f"{TABLES}/references.parquet",
        csv=f"{TABLES}/references.csv",
    log:
        f"{LOGS}/tables/references.log",
    benchmark:
        f"{BENCHMARKS}/tables/references.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_references.py"),
        spec=as_json({}),
    shell:
        "python workflow_scripts/tabulate_references.py --spec {params.spec:q} --scores {input.scores}"
        " --data {input.data} --output {output.table} > {log} 2>&1"


rule tabulate_released:
    input:
        evaluation=f"{TABLES}/evaluation.parquet",
        map=f"{TABLES}/map.parquet",
    output:
        table=f"{TABLES}/released.parquet",
        csv=report(
            f"{TABLES}/released.csv",
            caption="../captions/tables/released.rst",
            category="Tables",
            labels={"table": "released"},
        ),
    log:
        f"{LOGS}/tables/released.log",
    benchmark:
        f"{BENCHMARKS}/tables/released.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_released.py"),
        spec=as_json({"pairs": released_pairs()}),
    shell:
        "python workflow_scripts/tabulate_released.py --spec {params.spec:q} --evaluation {input.evaluation}"
        " --map {input.map} --output {output.table} > {log} 2>&1"


rule tabulate_samples:
    input:
        rollouts=policy_files("rollouts"),
        scores=policy_files("scores"),
        benchmarks=[data_path(task, name) for task, name in own_benchmarks().items()],
    output:
        table=f"{TABLES}/samples.parquet",
        csv=f"{TABLES}/samples.csv",
    log:
        f"{LOGS}/tables/samples.log",
    benchmark:
        f"{BENCHMARKS}/tables/samples.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code(
            "tabulate_samples.py",
            *(
                f"mtalign.rewards.{config['methods'][m]['reward']}"
                for m in STUDY.methods
            ),
        ),
        spec=as_json(STUDY.samples_parameters()),
    shell:
        "python workflow_scripts/tabulate_samples.py --spec {params.spec:q} --rollouts {input.rollouts}"
        " --scores {input.scores} --benchmarks {input.benchmarks} --output {output.table} > {log} 2>&1"


rule typeset_tables:
    input:
        tables=[table_path(name) for name in short_tables()],
        captions=[f"captions/tables/{table_kind(name)}.rst" for name in short_tables()],
    output:
        [f"{TABLES}/{name}.tex" for name in short_tables()],
    log:
        f"{LOGS}/tables/typeset.log",
    benchmark:
        f"{BENCHMARKS}/tables/typeset.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("typeset_tables.py"),
        spec=as_json({"config": STUDY.own_config()}),
    shell:
        "python workflow_scripts/typeset_tables.py --spec {params.spec:q} --tables {input.tables}"
        " --captions {input.captions} > {log} 2>&1"
