# The report, and the README of the results.

ASSETS = sorted(
    f"workflow_scripts/{path.relative_to(SCRIPTS).as_posix()}"
    for path in (SCRIPTS / "report").rglob("*")
    if path.is_file()
)


rule describe_results:
    output:
        f"{RESULTS}/README.md",
    log:
        f"{LOGS}/readme.log",
    benchmark:
        f"{BENCHMARKS}/readme.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("describe_results.py"),
    shell:
        "python workflow_scripts/describe_results.py --output {output} > {log} 2>&1"


rule report:
    input:
        tables=[table_path(name) for name in table_names()],
        typeset=[f"{TABLES}/{name}.tex" for name in short_tables()],
        figures=[f"{FIGURES}/{name}.png" for name in figure_names()],
        captions=caption_files(),
        assets=ASSETS,
        readme=f"{RESULTS}/README.md",
        schema="rules/schemas/config.schema.json",
    output:
        page=f"{RESULTS}/report/index.html",
        times=f"{RESULTS}/report/times.js",
    log:
        f"{LOGS}/report.log",
    benchmark:
        f"{BENCHMARKS}/report.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code(
            "write_report.py",
            *(
                f"mtalign.{kind}s.{config['methods'][method][kind]}"
                for method in STUDY.methods
                for kind in ("reward", "advantage")
            ),
        ),
        spec=as_json({"config": STUDY.own_config()}),
        benchmarks=BENCHMARKS,
    shell:
        "python workflow_scripts/write_report.py --spec {params.spec:q} --tables {input.tables}"
        " --figures {input.figures} --captions captions --assets workflow_scripts/report --schema {input.schema}"
        " --benchmarks {params.benchmarks} --page {output.page} --times {output.times} > {log} 2>&1"
