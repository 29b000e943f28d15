# Base models: Hugging Face folders. The lab pretrains its own, one a seed; those of a `path` or of the hub are copied.

LAB_MODELS = named(model for model in config["models"] if STUDY.is_lab(model))


rule write_corpus:
    input:
        benchmarks=lambda w: [
            STUDY.data_path(task, STUDY.own_benchmark(task))
            for task in STUDY.lab_tasks(w.model)
        ],
    output:
        documents="<results>/corpora/{model}/seed-{seed}.documents.parquet",
        calibration="<results>/corpora/{model}/seed-{seed}.calibration.parquet",
    log:
        "<logs>/corpora/{model}/seed-{seed}.log",
    benchmark:
        "<benchmarks>/corpora/{model}/seed-{seed}.tsv"
    wildcard_constraints:
        model=LAB_MODELS,
    conda:
        "../envs/cpu.yaml"
    params:
        code=lambda w: code(
            "write_corpus.py",
            *(
                module
                for task in STUDY.lab_tasks(w.model)
                for module in family_modules(task, STUDY.data_sets(task))
            ),
        ),
        spec=lambda w: as_json(STUDY.corpus_parameters(w.model, int(w.seed))),
    shell:
        "python $MTALIGN/write_corpus.py --spec {params.spec:q} --benchmarks {input.benchmarks}"
        " --output {output.documents} --calibration {output.calibration} > {log} 2>&1"


rule pretrain_model:
    input:
        documents="<results>/corpora/{model}/seed-{seed}.documents.parquet",
        calibration="<results>/corpora/{model}/seed-{seed}.calibration.parquet",
    output:
        model=directory("<results>/models/{model}/seed-{seed}"),
        curves="<results>/models/{model}/seed-{seed}.pretraining.parquet",
        dials="<results>/models/{model}/seed-{seed}.dials.parquet",
    log:
        "<logs>/models/{model}/seed-{seed}.log",
    benchmark:
        "<benchmarks>/models/{model}/seed-{seed}.tsv"
    wildcard_constraints:
        model=LAB_MODELS,
    priority: 1  # early, so that a base model that is not what was expected is known before it is trained
    conda:
        "../envs/cpu.yaml"
    resources:
        **cluster("pretrain_model"),
    params:
        code=lambda w: code(
            "pretrain_model.py",
            *(
                f"mtalign.tasks.{config['tasks'][task]['family']}"
                for task in STUDY.lab_tasks(w.model)
            ),
        ),
        spec=lambda w: as_json(STUDY.pretraining_parameters(w.model, int(w.seed))),
    shell:
        "python $MTALIGN/pretrain_model.py --spec {params.spec:q} --corpus {input.documents}"
        " --calibration {input.calibration} --output {output.model} --curves {output.curves} --dials {output.dials}"
        " > {log} 2>&1"


rule import_model:
    input:
        model=lambda w: STUDY.import_parameters(w.model)["path"],
    output:
        directory("<results>/models/{model}"),
    log:
        "<logs>/models/{model}.log",
    benchmark:
        "<benchmarks>/models/{model}.tsv"
    wildcard_constraints:
        model=named(model for model in config["models"] if not STUDY.is_lab(model)),
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("import_model.py"),
        spec=spec_of(STUDY.import_parameters),
    shell:
        "python $MTALIGN/import_model.py --spec {params.spec:q} --output {output} > {log} 2>&1"
