# RL: the runs of one cell (model, task, method), the seeds of one job stacked.
# Every engine by the same rule: they take the same files and leave the same files.
# Checkpoints are not declared as outputs, so that a killed job finds them again; the job itself removes them at its end.


rule select_example:
    input:
        visits=lambda w: run_path(
            Cell(w.model, w.task, "ground_truth"),
            STUDY.seed_groups()[0],
            "visits.parquet",
        ),
    output:
        "<results>/selection/{model}/{task}.parquet",
    log:
        "<logs>/selection/{model}/{task}.log",
    benchmark:
        "<benchmarks>/selection/{model}/{task}.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("select_example.py"),
        spec=as_json({}),
    shell:
        "python $MTALIGN/select_example.py --spec {params.spec:q} --visits {input.visits}"
        " --output {output} > {log} 2>&1"


rule train_policy:
    input:
        # One a run: of a published model the same for all.
        models=lambda w: [
            STUDY.base_model(w.model, seed) for seed in w.seeds.split("-")
        ],
        train=lambda w: STUDY.data_path(w.task, STUDY.train_set(w.method, w.task)),
        validation=lambda w: STUDY.data_path(w.task, STUDY.own_benchmark(w.task)),
        selection=lambda w: (
            [f"{RESULTS}/selection/{w.model}/{w.task}.parquet"]
            if STUDY.picks_example(w.method)
            else []
        ),
    output:
        policies=directory(
            "<results>/runs/{model}/{task}/{method}/seeds-{seeds}/policies"
        ),
        metrics="<results>/runs/{model}/{task}/{method}/seeds-{seeds}/metrics.parquet",
        visits="<results>/runs/{model}/{task}/{method}/seeds-{seeds}/visits.parquet",
    log:
        "<logs>/runs/{model}/{task}/{method}/seeds-{seeds}.log",
    benchmark:
        "<benchmarks>/runs/{model}/{task}/{method}/seeds-{seeds}.tsv"
    conda:
        environment_of("trainer")
    threads: training_cores()
    resources:
        **cluster("train_policy"),
        **engine("trainer"),
        # No parameter either: without it, code that nothing isolates is an error, not another result.
        judging="--allow-unisolated" * config["verification"]["allow_unisolated"],
    params:
        engine=lambda w: STUDY.engine("trainer", w.model),
        code=lambda w: engine_code(
            "train.py",
            "trainer",
            w.model,
            *family_modules(
                w.task,
                [STUDY.train_set(w.method, w.task), STUDY.own_benchmark(w.task)],
            ),
            f"mtalign.rewards.{config['methods'][w.method]['reward']}",
            f"mtalign.advantages.{config['methods'][w.method]['advantage']}",
        ),
        spec=lambda w: as_json(
            STUDY.training_parameters(Cell(w.model, w.task, w.method), w.seeds)
        ),
        selection=lambda w, input: (
            f"--selection {input.selection}" if input.selection else ""
        ),
        checkpoints=lambda w, output: f"{os.path.dirname(output.metrics)}/checkpoints",
    shell:
        "{resources.python} $MTALIGN/train.py --engine {params.engine} {resources.machine} {resources.judging}"
        " --spec {params.spec:q} --models {input.models} --train {input.train}"
        " --validation {input.validation} {params.selection} --checkpoints {params.checkpoints}"
        " --policies {output.policies} --metrics {output.metrics} --visits {output.visits} > {log} 2>&1"
