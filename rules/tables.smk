# The tables: what the figures, and people, read. Each is parquet, with a csv beside it.


rule tabulate_passk:
    input:
        scores=policy_files("scores"),
        windows=base_files("windows"),  # no results from base models that are not what the config says
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
        csv=f"{TABLES}/contamination.csv",
    log:
        f"{LOGS}/tables/contamination.log",
    benchmark:
        f"{BENCHMARKS}/tables/contamination.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_contamination.py"),
        spec=as_json(
            {"seed": config["seed"], "resamples": config["sampling"]["bootstrap"]}
        ),
    shell:
        "python workflow_scripts/tabulate_contamination.py --spec {params.spec:q} --completions {input.completions}"
        " --output {output.table} > {log} 2>&1"


rule tabulate_map:
    input:
        passk=f"{TABLES}/passk.parquet",
        contamination=f"{TABLES}/contamination.parquet",
    output:
        table=f"{TABLES}/map.parquet",
        csv=f"{TABLES}/map.csv",
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
                "alignment_k": config["probe"]["alignment_k"],
                "contamination_fraction": config["probe"]["contamination_fraction"],
                "colours": config["probe"]["colours"],
            }
        ),
    shell:
        "python workflow_scripts/tabulate_map.py --spec {params.spec:q} --passk {input.passk}"
        " --contamination {input.contamination} --output {output.table} > {log} 2>&1"


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
        csv=f"{TABLES}/{{table}}.csv",
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
