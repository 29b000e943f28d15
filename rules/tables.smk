# The tables: what the figures, and people, read. Which there are, what each reads, and its parameters:
# mtalign/study/catalog.py. What is in it, and how it is made: workflow_scripts/tables/. Each is parquet, with a csv beside it.

import csv

import yaml

from mtalign.study import catalog

CLAIMS = ROOT / "config/claims.yaml"
PAPER_NUMBERS = ROOT / "config/paper_numbers.csv"
TABLES = catalog.tables(
    STUDY,
    claims=yaml.safe_load(CLAIMS.read_text(encoding="utf-8")),
    numbers=list(csv.DictReader(PAPER_NUMBERS.open(encoding="utf-8"))),
)
SHORT = [table for table in TABLES if table not in catalog.LONG]
TABLE_CAPTIONS = {
    table: str(HERE / f"captions/tables/{entry.kind or table}.rst")
    for table, entry in TABLES.items()
}

for table, entry in TABLES.items():
    table_csv = f"<tables>/{table}.csv"

    rule:
        name:
            f"tabulate_{table}"
        input:
            **{name: f"<tables>/{name}.parquet" for name in entry.reads},
            **entry.files,
        output:
            table=f"<tables>/{table}.parquet",
            csv=(
                report(
                    table_csv,
                    caption=f"../captions/tables/{entry.kind or table}.rst",
                    category="Tables",
                    labels={"table": table},
                )
                if table in SHORT
                else table_csv
            ),
        log:
            f"<logs>/tables/{table}.log",
        benchmark:
            f"<benchmarks>/tables/{table}.tsv"
        conda:
            "../envs/cpu.yaml"
        params:
            code=code("make_table.py", f"tables.{entry.kind or table}", *entry.modules),
            script=f"make_table.py {entry.kind or table}",
            spec=as_json(entry.parameters),
            inputs=options,
        shell:
            "python $MTALIGN/{params.script} --spec {params.spec:q} {params.inputs}"
            " --output {output.table} > {log} 2>&1"


rule typeset_tables:
    """Typeset the tables that a person reads as a whole, for LaTeX."""
    input:
        tables=expand("<tables>/{table}.parquet", table=SHORT),
        captions=[TABLE_CAPTIONS[table] for table in SHORT],
    output:
        expand("<tables>/{table}.tex", table=SHORT),
    log:
        "<logs>/tables/typeset.log",
    benchmark:
        "<benchmarks>/tables/typeset.tsv"
    conda:
        "../envs/cpu.yaml"
    params:
        code=code("typeset_tables.py"),
        spec=as_json({"config": STUDY.own_config()}),
        inputs=options,
    shell:
        "python $MTALIGN/typeset_tables.py --spec {params.spec:q} {params.inputs} > {log} 2>&1"
