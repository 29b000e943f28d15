# The contamination probe: questions that base models complete.


rule complete_questions:
    input:
        policies=lambda w: STUDY.base_models(w.model),
        benchmarks=lambda w: STUDY.benchmark_paths(w.task),
    output:
        "<results>/contamination/{model}/{task}.completions.parquet",
    log:
        "<logs>/contamination/{model}/{task}.log",
    benchmark:
        "<benchmarks>/contamination/{model}/{task}.tsv"
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
        "{resources.python} $MTALIGN/complete_questions.py --engine {params.engine} {resources.machine}"
        " --spec {params.spec:q} {params.policies} --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"
