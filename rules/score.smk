# Verdicts on responses, and the check whether base models are what the config says.


rule score_rollouts:
    input:
        rollouts="<results>/rollouts/{model}/{task}/{policy}.parquet",
        benchmarks=of(judged_paths),
    output:
        "<results>/scores/{model}/{task}/{policy}.parquet",
    log:
        "<logs>/scores/{model}/{task}/{policy}.log",
    benchmark:
        "<benchmarks>/scores/{model}/{task}/{policy}.tsv"
    priority: 1  # early, so that a base model that is not what was expected is known before it is trained
    conda:
        "../envs/cpu.yaml"
    threads: of(judging_processes)
    resources:
        **cluster("score_rollouts"),
    params:
        code=lambda w: code(
            "score_rollouts.py", *family_modules(w.task, STUDY.data_sets(w.task))
        ),
        spec=as_json(config["verification"]),
    shell:
        "python $MTALIGN/score_rollouts.py --spec {params.spec:q} --rollouts {input.rollouts}"
        " --benchmarks {input.benchmarks} --processes {threads} --output {output} > {log} 2>&1"


rule check_expectations:
    input:
        scores=f"{RESULTS}/scores/{{model}}/{{task}}/{BASE}.parquet",
        completions="<results>/contamination/{model}/{task}.completions.parquet",
        dials=lambda w: (
            [f"{folder}.dials.parquet" for folder in STUDY.base_models(w.model)]
            if STUDY.is_lab(w.model)
            else []
        ),
    output:
        "<results>/probe/{model}/{task}.expectations.parquet",
    log:
        "<logs>/probe/{model}/{task}.log",
    benchmark:
        "<benchmarks>/probe/{model}/{task}.tsv"
    priority: 1  # early, so that a base model that is not what was expected is known before it is trained
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("check_expectations.py"),
        spec=spec_of(STUDY.expectation_parameters),
        dials=lambda w, input: f"--dials {input.dials}" if input.dials else "",
    shell:
        "python $MTALIGN/check_expectations.py --spec {params.spec:q} --scores {input.scores}"
        " --completions {input.completions} {params.dials} --output {output} > {log} 2>&1"
