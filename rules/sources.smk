# What comes from the Hugging Face hub, at the commit that its lock entry says. Users commit config/lock/.
# Neither rule has a `code` parameter: what they write is decided by the lock and checked by hash, so an edited script
# could change nothing but would fetch, and thus train, everything again.


localrules:
    lock_source,
    fetch_source,


rule lock_source:
    output:
        update("config/lock/{source}.json"),
    log:
        "<logs>/sources/{source}.lock.log",
    benchmark:
        "<benchmarks>/sources/{source}.lock.tsv"
    wildcard_constraints:
        source=named(config["sources"]),
    conda:
        "../envs/cpu.yaml"
    params:
        spec=spec_of(STUDY.source_parameters),
    shell:
        "python $MTALIGN/lock_source.py --spec {params.spec:q} --output {output} > {log} 2>&1"


rule fetch_source:
    input:
        lock="config/lock/{source}.json",
    output:
        directory("<results>/sources/{source}"),
    log:
        "<logs>/sources/{source}.log",
    benchmark:
        "<benchmarks>/sources/{source}.tsv"
    wildcard_constraints:
        source=named(config["sources"]),
    conda:
        "../envs/cpu.yaml"
    params:
        spec=spec_of(STUDY.source_parameters),
    shell:
        "python $MTALIGN/fetch_source.py --spec {params.spec:q} --lock {input.lock}"
        " --output {output} > {log} 2>&1"
