# Responses of base models and of trained policies, by the same command line; and the reference answers as responses.


SAMPLE = (
    "{resources.python} $MTALIGN/sample.py --engine {params.engine} {resources.machine} --spec {params.spec:q}"
    " {params.policies} {params.shard} --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"
)
SAMPLING = {
    "code": lambda w: engine_code("sample.py", "sampler", w.model),
    "engine": lambda w: STUDY.engine("sampler", w.model),
    "spec": sampling_parameters,
    "policies": policy_options,
}


# vLLM samples a policy in shards, laid end to end: on a cluster in parallel, and a killed job repeats one.
if config["sampler"] == "vllm":

    rule sample_shard:
        input:
            policies=policy_folders,
            benchmarks=of(STUDY.benchmark_paths),
        output:
            "<results>/rollouts/{model}/{task}/{policy}.shards/{shard}-of-{shards}.parquet",
        log:
            "<logs>/rollouts/{model}/{task}/{policy}.shards/{shard}-of-{shards}.log",
        benchmark:
            "<benchmarks>/rollouts/{model}/{task}/{policy}.shards/{shard}-of-{shards}.tsv"
        conda:
            environment_of("sampler")
        resources:
            **cluster("sample_shard"),
            **engine("sampler"),
        params:
            **SAMPLING,
            shard="--shard {shard} {shards}",
        shell:
            SAMPLE

    rule merge_shards:
        input:
            shards=lambda w: [
                f"{RESULTS}/rollouts/{w.model}/{w.task}/{w.policy}.shards/{shard}.parquet"
                for shard in STUDY.shards()
            ],
            benchmarks=of(STUDY.benchmark_paths),
        output:
            "<results>/rollouts/{model}/{task}/{policy}.parquet",
        log:
            "<logs>/rollouts/{model}/{task}/{policy}.log",
        benchmark:
            "<benchmarks>/rollouts/{model}/{task}/{policy}.tsv"
        wildcard_constraints:
            model=named(config["models"]),
        conda:
            "../envs/cpu.yaml"
        params:
            code=code("merge_shards.py"),
            spec=sampling_parameters,
        shell:
            "python $MTALIGN/merge_shards.py --spec {params.spec:q} --shards {input.shards}"
            " --benchmarks {input.benchmarks} --output {output} > {log} 2>&1"

else:

    rule sample_base:
        input:
            policies=policy_folders,
            benchmarks=of(STUDY.benchmark_paths),
        output:
            "<results>/rollouts/{model}/{task}/{policy}.parquet",
        log:
            "<logs>/rollouts/{model}/{task}/{policy}.log",
        benchmark:
            "<benchmarks>/rollouts/{model}/{task}/{policy}.tsv"
        wildcard_constraints:
            model=named(config["models"]),
            policy=BASE,
        priority: 1  # early, so that a base model that is not what was expected is known before it is trained
        conda:
            environment_of("sampler")
        resources:
            **cluster("sample_base"),
            **engine("sampler"),
        params:
            **SAMPLING,
            shard="",
        shell:
            SAMPLE

    use rule sample_base as sample_trained with:
        wildcard_constraints:
            policy="[^/]+/seeds-[0-9-]+",
        priority: 0
        resources:
            **cluster("sample_trained"),
            **engine("sampler"),


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
        "python $MTALIGN/answer_references.py --spec {params.spec:q} --data {input.data}"
        " --output {output} > {log} 2>&1"
