# Data sets: problems of a task, as parquet in verl's schema.


rule prepare_data:
    input:
        of(source_files),
    output:
        "<results>/data/{task}/{name}.parquet",
    log:
        "<logs>/data/{task}/{name}.log",
    benchmark:
        "<benchmarks>/data/{task}/{name}.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=lambda w: code("prepare_data.py", *family_modules(w.task, [w.name])),
        spec=spec_of(STUDY.data_parameters),
    shell:
        "python $MTALIGN/prepare_data.py --spec {params.spec:q} --output {output} > {log} 2>&1"
