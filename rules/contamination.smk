# The contamination probe: questions that base models complete.


rule complete_questions:
    input:
        policies=of(STUDY.base_models),
        benchmarks=of(STUDY.benchmark_paths),
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
        spec=spec_of(STUDY.completion_parameters),
        policies=base_options,
    shell:
        "{resources.python} $MTALIGN/complete_questions.py --engine {params.engine} {resources.machine}"
        " --spec {params.spec:q} {params.policies} --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"
