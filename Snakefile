# The study as a graph of files. `snakemake all` makes everything; the other targets are its stages.
# What a stage computes stands in workflow_scripts/; how stages hang together, in rules/.


configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/sources.smk"
include: "rules/data.smk"
include: "rules/models.smk"
include: "rules/sample.smk"
include: "rules/score.smk"
include: "rules/contamination.smk"
include: "rules/train.smk"
include: "rules/tables.smk"
include: "rules/claims.smk"
include: "rules/figures.smk"
include: "rules/report.smk"


rule data:
    input:
        data_files(),
        lock_files(data_blocks()),


rule probe:
    input:
        base_files("expectations"),


rule contamination:
    input:
        f"{TABLES}/overlap.parquet",
        base_files("completions"),


rule train:
    input:
        rules.probe.input,
        rules.tabulate_curves.input.metrics,


rule tables:
    input:
        [f"{TABLES}/{name}.parquet" for name in table_names()],


rule claims:
    input:
        [f"{TABLES}/{name}.parquet" for name in claim_tables()],


rule causal:
    input:
        lambda w: causal_files(),


rule figures:
    input:
        [
            f"{FIGURES}/{name}.{form}"
            for name in figure_names()
            for form in ("pdf", "png")
        ],


rule all:
    default_target: True
    input:
        rules.data.input,
        rules.probe.input,
        rules.tables.input,
        rules.figures.input,
        rules.report.output,
        lock_files(config["models"][model] for model in STUDY.models),


# On a cluster few and long jobs are wanted, so only the rules that the config names become some. (The directive
# `localrules` does the same, for names that are written out.)
workflow.localrules(
    *(
        made.name
        for made in workflow.rules
        if made.name not in config["cluster"]["jobs"]
    )
)


onsuccess:
    tell_results()


onerror:
    tell_misses()
