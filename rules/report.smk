# The report, and the README of the results.

ASSETS = sorted(map(str, (HERE / "workflow_scripts/report").rglob("*.*")))
METHOD_MODULES = sorted(
    f"mtalign.{kind}s.{config['methods'][method][kind]}"
    for method in STUDY.methods
    for kind in ("reward", "advantage")
)


rule describe_results:
    """Say what every file and column of the results is."""
    output:
        "<results>/README.md",
    log:
        "<logs>/readme.log",
    benchmark:
        "<benchmarks>/readme.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("describe_results.py"),
        words=sentence_hash("mtalign.artifacts.*", "tables.*"),
    shell:
        "python $MTALIGN/describe_results.py --output {output} > {log} 2>&1"


rule report:
    """Write the report, one page that opens from disk."""
    input:
        tables=expand("<tables>/{table}.parquet", table=TABLES),
        typeset=rules.typeset_tables.output,
        figures=expand("<figures>/{figure}.png", figure=FIGURES),
        captions=sorted({*TABLE_CAPTIONS.values(), *FIGURE_CAPTIONS.values()}),
        assets=ASSETS,
        readme=rules.describe_results.output,
        schema=HERE / "rules/schemas/config.schema.json",
    output:
        page="<results>/report/index.html",
        times="<results>/report/times.js",
    log:
        "<logs>/report.log",
    benchmark:
        "<benchmarks>/report.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("write_report.py", *METHOD_MODULES),
        words=sentence_hash("mtalign.artifacts.*", "tables.*", *METHOD_MODULES),
        spec=as_json({"config": STUDY.own_config()}),
        benchmarks=f"{config['results_dir']}/benchmarks",
    shell:
        "python $MTALIGN/write_report.py --spec {params.spec:q} --tables {input.tables} --figures {input.figures}"
        " --captions $MTALIGN/../captions --assets $MTALIGN/report --schema {input.schema}"
        " --benchmarks {params.benchmarks} --page {output.page} --times {output.times} > {log} 2>&1"
