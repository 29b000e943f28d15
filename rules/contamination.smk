# Contamination probes: questions that base models complete, and overlap between data sets.


rule complete_questions:
    input:
        models=lambda w: base_models(w.model),
        benchmarks=lambda w: benchmark_paths(w.task),
    output:
        f"{RESULTS}/contamination/{{model}}/{{task}}.completions.parquet",
    log:
        f"{LOGS}/contamination/{{model}}/{{task}}.log",
    benchmark:
        f"{BENCHMARKS}/contamination/{{model}}/{{task}}.tsv"
    conda:
        environment_of("sampler")
    resources:
        **cluster("complete_questions"),
        **engine("sampler"),
    params:
        engine=lambda w: STUDY.engine("sampler", w.model),
        code=lambda w: engine_code("complete_questions.py", "sampler", w.model),
        spec=lambda w: as_json(STUDY.completion_parameters(w.model, w.task)),
        policies=base_options,
    shell:
        "{resources.python} workflow_scripts/complete_questions.py --engine {params.engine} {resources.machine}"
        " --spec {params.spec:q} {params.policies} --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"


rule tabulate_overlap:
    input:
        train=[data_path(task, "train") for task in STUDY.tasks],
        benchmarks=[path for task in STUDY.tasks for path in benchmark_paths(task)],
    output:
        table=f"{TABLES}/overlap.parquet",
        csv=report(
            f"{TABLES}/overlap.csv",
            caption="../captions/tables/overlap.rst",
            category="Tables",
            labels={"table": "overlap"},
        ),
    log:
        f"{LOGS}/tables/overlap.log",
    benchmark:
        f"{BENCHMARKS}/tables/overlap.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("tabulate_overlap.py"),
        spec=as_json({"ngram": config["probe"]["overlap_ngram"]}),
    shell:
        "python workflow_scripts/tabulate_overlap.py --spec {params.spec:q} --train {input.train}"
        " --benchmarks {input.benchmarks} --output {output.table} > {log} 2>&1"
