# What base models make of right solutions; and policies that learnt from one example, on tasks that it was not from.


rule score_solutions:
    input:
        policies=of(STUDY.base_models),
        benchmarks=of(STUDY.benchmark_paths),
    output:
        "<results>/probe/{model}/{task}.solutions.parquet",
    log:
        "<logs>/probe/{model}/{task}.solutions.log",
    benchmark:
        "<benchmarks>/probe/{model}/{task}.solutions.tsv"
    conda:
        environment_of("sampler")
    resources:
        **cluster("score_solutions"),
        **engine("sampler"),
    params:
        engine=lambda w: STUDY.engine("sampler", w.model),
        code=lambda w: engine_code("score_solutions.py", "sampler", w.model),
        spec=spec_of(STUDY.solution_parameters),
        policies=base_options,
    shell:
        "{resources.python} $MTALIGN/score_solutions.py --engine {params.engine} {resources.machine}"
        " --spec {params.spec:q} {params.policies} --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"


# Policies that learnt from one example, on the own benchmarks of the tasks that it was not from.
rule sample_elsewhere:
    input:
        policies=policy_folders,
        benchmarks=of(other_benchmarks),
    output:
        "<results>/elsewhere/{model}/{task}/{policy}.rollouts.parquet",
    log:
        "<logs>/elsewhere/{model}/{task}/{policy}.rollouts.log",
    benchmark:
        "<benchmarks>/elsewhere/{model}/{task}/{policy}.rollouts.tsv"
    conda:
        environment_of("sampler")
    resources:
        **cluster("sample_elsewhere"),
        **engine("sampler"),
    params:
        **SAMPLING,
        shard="",
    shell:
        SAMPLE


rule score_elsewhere:
    input:
        rollouts="<results>/elsewhere/{model}/{task}/{policy}.rollouts.parquet",
        benchmarks=of(other_benchmarks),
    output:
        "<results>/elsewhere/{model}/{task}/{policy}.scores.parquet",
    log:
        "<logs>/elsewhere/{model}/{task}/{policy}.scores.log",
    benchmark:
        "<benchmarks>/elsewhere/{model}/{task}/{policy}.scores.tsv"
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
        "python $MTALIGN/score_rollouts.py --spec {params.spec:q} --rollouts {input.rollouts}"
        " --benchmarks {input.benchmarks} --processes {threads} --output {output} > {log} 2>&1"
