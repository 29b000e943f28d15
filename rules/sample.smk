# Responses of base models and of trained policies, by the same command line; and the reference answers as responses.
# Where vLLM is the sampler: sample_vllm.smk.


rule sample_base:
    input:
        models=lambda w: base_models(w.model),
        benchmarks=lambda w: benchmark_paths(w.task),
    output:
        f"{RESULTS}/rollouts/{{model}}/{{task}}/{BASE}.parquet",
    log:
        f"{LOGS}/rollouts/{{model}}/{{task}}/{BASE}.log",
    benchmark:
        f"{BENCHMARKS}/rollouts/{{model}}/{{task}}/{BASE}.tsv"
    wildcard_constraints:
        model=named(config["models"]),
    priority: 1  # early, so that a base model that is not what was expected is known before it is trained
    conda:
        "../envs/cpu.yaml"
    resources:
        **cluster("sample_base"),
    params:
        code=code("sample_policy.py"),
        spec=lambda w: as_json(STUDY.sampling_parameters(Cell(w.model, w.task, BASE))),
        seeds=lambda w: STUDY.base_seeds(w.model),
    shell:
        "python workflow_scripts/sample_policy.py --spec {params.spec:q} --policies {input.models}"
        " --seeds {params.seeds} --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"


rule sample_trained:
    input:
        run=f"{RESULTS}/runs/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}/policies",
        benchmarks=lambda w: benchmark_paths(w.task),
    output:
        f"{RESULTS}/rollouts/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.parquet",
    log:
        f"{LOGS}/rollouts/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.log",
    benchmark:
        f"{BENCHMARKS}/rollouts/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.tsv"
    conda:
        "../envs/cpu.yaml"
    resources:
        **cluster("sample_trained"),
    params:
        code=code("sample_policy.py"),
        spec=lambda w: as_json(
            STUDY.sampling_parameters(Cell(w.model, w.task, w.method))
        ),
        seeds=lambda w: w.seeds.split("-"),
        policies=lambda w, input: [
            f"{input.run}/seed-{seed}" for seed in w.seeds.split("-")
        ],
    shell:
        "python workflow_scripts/sample_policy.py --spec {params.spec:q} --policies {params.policies}"
        " --seeds {params.seeds} --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"


rule answer_references:
    input:
        data=lambda w: judged_paths(REFERENCE, w.task),
    output:
        f"{RESULTS}/rollouts/{REFERENCE}/{{task}}/{BASE}.parquet",
    log:
        f"{LOGS}/rollouts/{REFERENCE}/{{task}}/{BASE}.log",
    benchmark:
        f"{BENCHMARKS}/rollouts/{REFERENCE}/{{task}}/{BASE}.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("answer_references.py"),
        spec=lambda w: as_json({"task": w.task}),
    shell:
        "python workflow_scripts/answer_references.py --spec {params.spec:q} --data {input.data}"
        " --output {output} > {log} 2>&1"
