# The figures: which there are, and the tables that each reads: mtalign/study/catalog.py. What one shows:
# workflow_scripts/figures/, with a caption in captions/figures/. `snakemake figure_map` draws one.

FIGURES = {
    figure: tables
    for figure, tables in catalog.FIGURES.items()
    if set(tables) <= set(TABLES)
}
FIGURE_CAPTIONS = {
    figure: str(HERE / f"captions/figures/{figure}.rst") for figure in FIGURES
}

for figure, tables in FIGURES.items():

    rule:
        name:
            f"figure_{figure}"
        input:
            tables=expand("<tables>/{table}.parquet", table=tables),
        output:
            f"<figures>/{figure}.pdf",
            report(
                f"<figures>/{figure}.png",
                caption=f"../captions/figures/{figure}.rst",
                category="Figures",
                labels={"figure": figure.replace("_", " ")},
            ),
        log:
            f"<logs>/figures/{figure}.log",
        benchmark:
            f"<benchmarks>/figures/{figure}.tsv"
        conda:
            "../envs/cpu.yaml"
        params:
            code=code("draw_figure.py", f"figures.{figure}"),
            figure=figure,
            inputs=options,
        shell:
            "python $MTALIGN/draw_figure.py {params.figure} {params.inputs} --output {output} > {log} 2>&1"


def causal_figures(wildcards):
    """The figures of the causal experiment, if the study is one."""
    if "causal" not in FIGURES:
        raise WorkflowError(
            "this study does not cross alignment with contamination: add --configfile config/causal.yaml"
        )
    return expand(
        "<figures>/{figure}.{form}",
        figure=["causal", "alignment_gain"],
        form=["pdf", "png"],
    )
