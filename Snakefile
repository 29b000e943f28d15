# The study as a graph of files. `snakemake all` makes everything; the other targets are its stages.
# What a stage computes stands in workflow_scripts/; how stages hang together, in rules/.

from snakemake.utils import min_version

min_version("9.27")


configfile: str(workflow.current_basedir.join("config.yaml"))


include: "rules/common.smk"
include: "rules/sources.smk"
include: "rules/data.smk"
include: "rules/models.smk"
include: "rules/sample.smk"
include: "rules/score.smk"
include: "rules/contamination.smk"
include: "rules/train.smk"
include: "rules/cross_task.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/report.smk"


rule data:
    """Every data set of the study."""
    input:
        STUDY.data_paths(),
        lock_files(STUDY.data_blocks()),


rule probe:
    """The base models, and whether they are what their dials and the config say."""
    input:
        STUDY.of_pairs("<results>/probe/{model}/{task}.expectations.parquet"),


rule contamination:
    """What the base models have seen."""
    input:
        "<tables>/overlap.parquet",
        STUDY.of_pairs("<results>/contamination/{model}/{task}.completions.parquet"),


rule train:
    """Every run."""
    input:
        rules.probe.input,
        STUDY.of_jobs(
            "<results>/runs/{model}/{task}/{method}/seeds-{seeds}/metrics.parquet"
        ),


rule tables:
    """Every table."""
    input:
        expand("<tables>/{table}.parquet", table=TABLES),


rule claims:
    """Verdicts on the paper's claims, and what they rest on."""
    input:
        expand(
            "<tables>/{table}.parquet",
            table=[table for table in catalog.CLAIMS if table in TABLES],
        ),


rule causal:
    """The causal experiment: its tables and figures (with config/causal.yaml)."""
    input:
        rules.claims.input,
        causal_figures,


rule figures:
    """Every figure."""
    input:
        expand("<figures>/{figure}.{form}", figure=FIGURES, form=["pdf", "png"]),


rule all:
    """The whole study."""
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
