# Base models: Hugging Face folders. The lab pretrains its own; those of a `path` or of the hub are copied.


rule write_corpus:
    input:
        benchmarks=lambda w: [
            data_path(task, STUDY.benchmarks(task)[0])
            for task in STUDY.lab_tasks(w.model)
        ],
    output:
        f"{RESULTS}/corpora/{{model}}.parquet",
    log:
        f"{LOGS}/corpora/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/corpora/{{model}}.tsv"
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
        spec=lambda w: as_json(STUDY.corpus_parameters(w.model)),
    shell:
        "python workflow_scripts/write_corpus.py --spec {params.spec:q} --benchmarks {input.benchmarks}"
        " --output {output} > {log} 2>&1"


rule pretrain_model:
    input:
        corpus=f"{RESULTS}/corpora/{{model}}.parquet",
    output:
        model=directory(f"{RESULTS}/models/{{model}}"),
        losses=f"{RESULTS}/models/{{model}}.pretraining.parquet",
    log:
        f"{LOGS}/models/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/models/{{model}}.tsv"
    wildcard_constraints:
        model=named(model for model in config["models"] if STUDY.is_lab(model)),
    priority: 1  # early, so that a base model outside its window stops the study before it trains
    conda:
        "../envs/cpu.yaml"
    resources:
        **cluster("pretrain_model"),
    params:
        code=code("pretrain_model.py"),
        spec=lambda w: as_json(STUDY.pretraining_parameters(w.model)),
    shell:
        "python workflow_scripts/pretrain_model.py --spec {params.spec:q} --corpus {input.corpus}"
        " --output {output.model} --losses {output.losses} > {log} 2>&1"


rule import_model:
    input:
        model=lambda w: STUDY.import_parameters(w.model)["path"],
    output:
        directory(f"{RESULTS}/models/{{model}}"),
    log:
        f"{LOGS}/models/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/models/{{model}}.tsv"
    wildcard_constraints:
        model=named(model for model in config["models"] if not STUDY.is_lab(model)),
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("import_model.py"),
        spec=lambda w: as_json(STUDY.import_parameters(w.model)),
    shell:
        "python workflow_scripts/import_model.py --spec {params.spec:q} --output {output} > {log} 2>&1"
