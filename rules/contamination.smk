# The contamination probe: questions that base models complete.

COMPLETER = {"torch": "complete_questions.py", "vllm": "complete_vllm.py"}[
    config["sampler"]
]


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
        environment_of(config["sampler"])
    resources:
        **cluster("complete_questions"),
        **engine(config["sampler"]),
    params:
        script=COMPLETER,
        code=code(COMPLETER),
        spec=lambda w: as_json(STUDY.completion_parameters(w.model, w.task)),
        seeds=lambda w: STUDY.base_seeds(w.model),
    shell:
        "{resources.python} workflow_scripts/{params.script} {resources.machine} --spec {params.spec:q}"
        " --policies {input.models} --seeds {params.seeds}"
        " --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"
