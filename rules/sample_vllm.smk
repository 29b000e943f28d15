# Responses by vLLM: the problems of a task in shards, laid end to end. Where the sampler is the embedded one: sample.smk.


def policy_folders(w):
    """The policies that a file of rollouts is about: a base model, or those of one training job."""
    if w.policy == BASE:
        return base_models(w.model)
    method, seeds = w.policy.split("/seeds-")
    return [run_path(Cell(w.model, w.task, method), seeds, "policies")]


def policy_options(w):
    """The same, as sample_vllm.py takes it."""
    if w.policy == BASE:
        seeds, folders = STUDY.base_seeds(w.model), base_models(w.model)
    else:
        (folder,) = policy_folders(w)
        seeds = w.policy.split("/seeds-")[1].split("-")
        folders = [f"{folder}/seed-{seed}" for seed in seeds]
    return f"--policies {' '.join(folders)} --seeds {' '.join(map(str, seeds))}"


rule sample_shard:
    input:
        policies=policy_folders,
        benchmarks=lambda w: benchmark_paths(w.task),
    output:
        f"{RESULTS}/rollouts/{{model}}/{{task}}/{{policy}}.shards/{{shard}}-of-{{shards}}.parquet",
    log:
        f"{LOGS}/rollouts/{{model}}/{{task}}/{{policy}}.shards/{{shard}}-of-{{shards}}.log",
    benchmark:
        f"{BENCHMARKS}/rollouts/{{model}}/{{task}}/{{policy}}.shards/{{shard}}-of-{{shards}}.tsv"
    conda:
        environment_of("vllm")
    resources:
        **cluster("sample_shard"),
        **engine("vllm"),
    params:
        code=code("sample_vllm.py"),
        spec=lambda w: as_json(
            STUDY.sampling_parameters(Cell(w.model, w.task, w.policy.split("/")[0]))
        ),
        policies=policy_options,
    shell:
        "{resources.python} workflow_scripts/sample_vllm.py {resources.machine} --spec {params.spec:q}"
        " {params.policies} --shard {wildcards.shard} {wildcards.shards} --benchmarks {input.benchmarks}"
        " --output {output} > {log} 2>&1"


rule merge_shards:
    input:
        shards=lambda w: [
            f"{RESULTS}/rollouts/{w.model}/{w.task}/{w.policy}.shards/{shard}.parquet"
            for shard in STUDY.shards()
        ],
        benchmarks=lambda w: benchmark_paths(w.task),
    output:
        f"{RESULTS}/rollouts/{{model}}/{{task}}/{{policy}}.parquet",
    log:
        f"{LOGS}/rollouts/{{model}}/{{task}}/{{policy}}.log",
    benchmark:
        f"{BENCHMARKS}/rollouts/{{model}}/{{task}}/{{policy}}.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("merge_shards.py"),
        spec=lambda w: as_json(
            STUDY.sampling_parameters(Cell(w.model, w.task, w.policy.split("/")[0]))
        ),
    shell:
        "python workflow_scripts/merge_shards.py --spec {params.spec:q} --shards {input.shards}"
        " --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"
